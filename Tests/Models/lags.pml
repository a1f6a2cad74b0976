/* Stores that lag: what was written is seen by reads some time later, within a declared bound.

   One key, two writers, a copier, repair. Either side may lag.

   Mutants
     AT_ONCE     a window and a repair read at once
     ONE_SIDE    a repair waits for the authority alone */
byte authority, follower;       /* what is written */
byte seen[2];                   /* what a read finds: authority, follower */
byte pending, ended;
bool marked, window, touched, copied, over;

#ifdef AT_ONCE
#define CAUGHT_UP(side, written) true
#else
#define CAUGHT_UP(side, written) (seen[side] == written)
#endif
#ifdef ONE_SIDE
#define FOLLOWER_CAUGHT_UP true
#else
#define FOLLOWER_CAUGHT_UP CAUGHT_UP(1, follower)
#endif

inline open_intent() {
    if :: pending > 0 -> marked = true :: else fi;
    pending++;
    if :: window -> touched = true :: else fi
}

proctype Lag() {
    do
    :: seen[0] != authority -> seen[0] = authority
    :: seen[1] != follower -> seen[1] = follower
    :: over -> break
    od
}

proctype Writer(byte v) {
    atomic { open_intent() }
    authority = v;
    follower = v;
    atomic { pending--; ended++ }
}

/* Copier.swift. What was written before the window opened is seen by then; what is written after
   touches it. */
proctype Copier() {
    byte v;
    atomic { window = true; touched = pending > 0 };
    touched || CAUGHT_UP(0, authority);
    v = seen[0];
    follower = v;
    atomic { if :: touched -> marked = true :: else fi; window = false; copied = true }
}

/* RepairLoop.swift: both sides are read, and what differs is written. */
proctype Repair() {
    byte a, f;
    do
    :: atomic { marked && pending == 0 -> marked = false; open_intent() }
        marked || CAUGHT_UP(0, authority) && FOLLOWER_CAUGHT_UP;
        a = seen[0]; f = seen[1];
        if :: a != f -> follower = a :: a == f fi;
        atomic { pending--; a = 0; f = 0 }
    :: over -> break
    od
}

init {
    atomic { run Lag(); run Writer(1); run Writer(2); run Copier(); run Repair() };
    atomic { ended == 2 && copied && pending == 0 && !marked ->
        assert(authority == follower); over = true }
}
