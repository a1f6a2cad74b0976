import Testing

/// Everything that starts programs, one after another: they share the machine's cores.
@Suite(.serialized)
enum BlackBox {}
