/* A verification looks again at a key that seemed to differ, beside two writes and repair.

   Switches
     MENDS       it mends what it finds
   Mutants
     UNCOVERED   it looks while nothing is open and nothing marked, before and after, and opens no
                 intent */
byte authority = 1, follower = 1;
byte pending, ended;
bool marked;

inline open_intent() { if :: pending > 0 -> marked = true :: else fi; pending++ }

proctype Writer(byte v) {
    atomic { open_intent() };
    authority = v;
    follower = v;
    atomic { pending--; ended++ }
}

proctype Repair() {
    byte a;
end: do
    :: atomic { marked && pending == 0 -> marked = false; open_intent() };
        a = authority;
        follower = a;
        atomic { pending--; a = 0 }
    od
}

/* Recheck.swift. Nobody writes past the gateway here: a difference that stands is a false alarm. */
proctype Recheck() {
    byte a, f, looks; bool was, stands;
    do
    :: looks < 2 ->
        looks++;
#ifdef UNCOVERED
        pending == 0 && !marked;
        a = authority; f = follower;
        atomic { stands = pending == 0 && !marked; assert(!stands || a == f) }
#else
        atomic { pending == 0 -> was = marked; open_intent() };
        a = authority; f = follower;
#ifdef MENDS
        if :: a != f -> follower = a :: a == f fi;
#endif
        atomic { stands = pending == 1 && !marked; pending--; assert(!stands || was || a == f) }
#endif
    :: looks == 2 -> break
    od;
    ended++
}

proctype Rest() {
    atomic { ended == 3 && pending == 0 && !marked -> assert(authority == follower) }
}

init {
    atomic { run Writer(2); run Writer(3); run Repair(); run Recheck(); run Rest() }
}
