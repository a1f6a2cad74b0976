#ifndef CSPAWN_H
#define CSPAWN_H

#include <spawn.h>

// What posix_spawn of glibc 2.34 and later can do beyond POSIX: Swift's Glibc does not show it.
// 0, or an error number.

/// Closes every file from `lowest` on, in the program that is started.
int cs_close_from(posix_spawn_file_actions_t *actions, int lowest);
/// The program that is started starts in `folder`.
int cs_start_in(posix_spawn_file_actions_t *actions, const char *folder);

#endif
