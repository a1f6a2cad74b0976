/* Dual writes of two keys and their repair, with every way in which a request can end.

   Two keys; a writer of both and a writer of the second alone; a repairer for each key. A value of
   0 is no record. Each request is done, surely refused, or nobody knows: then it lands late or
   never, and so it is where its process dies.

   Switches
     EVICTED     the first writer's intents may be reclaimed while it lives and sleeps
   Mutants
     CLEARS              a write clears its key's mark when it ends
     GENERATION          … where nothing else began since it did
     UNMARKED            a write that overlaps another leaves no mark
     UNREPAIRED          an intent is reclaimed and its key not marked
     IMPATIENT           … is reclaimed before its request can no longer land
     ASLEEP              a writer that wakes does not look whether its intents are still there
     FORGOTTEN           a repair copies what is there, and no delete
     BLIND               an unknown outcome is taken for a failure: the intent ends at once */
byte authority[2] = 9, follower[2] = 9;
byte pending[2], generation[2];
bool marked[2];
byte flying[2];             /* by writer: its request may still land; 1 authority, 2 follower */
bool gone;                  /* the first writer's intents were reclaimed under it */
bool awake;                 /* it has intents */
byte ended;

#define EQUAL(k) (authority[k] == follower[k])
#define CLEAN(k) (pending[k] == 0 && !marked[k])
#ifdef FORGOTTEN
#define SAME(a, f) (a == f || a == 0)
#else
#define SAME(a, f) (a == f)
#endif
#ifdef IMPATIENT
#define LANDED(w) true
#else
#define LANDED(w) (flying[w] == 0)
#endif

inline open_intent(k) {
#ifndef UNMARKED
    if :: pending[k] > 0 -> marked[k] = true :: else fi;
#endif
    pending[k]++;
#ifdef GENERATION
    generation[k] = (generation[k] + 1) % 8
#endif
}
inline close_clean(k, g) {
    pending[k]--;
#ifdef CLEARS
    marked[k] = false
#else
#ifdef GENERATION
    if :: generation[k] == g -> marked[k] = false :: else fi
#else
    skip
#endif
#endif
}
inline close_dirty(k) {
    pending[k]--;
#ifndef UNREPAIRED
    marked[k] = true
#endif
}
inline lost(w, side) {
#ifdef BLIND
    flying[w] = side; goto refused
#else
    flying[w] = side; goto reclaim
#endif
}

/* RecordWriter.swift, FollowerLeg.swift; then Reclaimer.swift for what it left. */
proctype Writer(byte w, v) {
    byte g0, g1;
    atomic {
        if :: w == 0 -> open_intent(0); g0 = generation[0]; awake = true :: else fi;
        open_intent(1); g1 = generation[1]
    }
    if
    :: true -> if :: w == 0 -> authority[0] = v :: else fi; authority[1] = v
    :: goto refused
    :: atomic { lost(w, 1) }
    fi;
    if
    :: true -> if :: w == 0 -> follower[0] = v :: else fi; follower[1] = v
    :: goto reclaim_now
    :: atomic { lost(w, 2) }
    fi;
refused:
    atomic {
        if
        :: w == 0 && gone ->
#ifndef ASLEEP
            marked[0] = true; marked[1] = true
#endif
        :: else ->
            if :: w == 0 -> close_clean(0, g0); awake = false :: else fi;
            close_clean(1, g1)
        fi;
        goto through
    };
reclaim:
    LANDED(w);
reclaim_now:
    atomic {
        if
        :: w == 0 && gone -> marked[0] = true; marked[1] = true
        :: else ->
            if :: w == 0 -> close_dirty(0); awake = false :: else fi;
            close_dirty(1)
        fi
    };
through:
    ended++
}

proctype Late(byte w, v) {
end: do
    :: flying[w] == 1 -> if :: w == 0 -> authority[0] = v :: true fi;
        if :: authority[1] = v :: true fi;
        flying[w] = 0
    :: flying[w] == 2 -> if :: w == 0 -> follower[0] = v :: true fi;
        if :: follower[1] = v :: true fi;
        flying[w] = 0
    od
}

/* RepairLoop.swift, Reconciler.swift */
proctype Repair(byte k) {
    byte a, f, g;
end: do
    :: atomic { marked[k] && pending[k] == 0 ->
            marked[k] = false; open_intent(k); g = generation[k] }
        a = authority[k];
        f = follower[k];
        if
        :: SAME(a, f)
        :: !SAME(a, f) ->
            if :: follower[k] = a :: atomic { close_dirty(k); goto next } fi
        fi;
        atomic { close_clean(k, g) };
next:   atomic { a = 0; f = 0; g = 0 }
    od
}

#ifdef EVICTED
proctype Person() {
end: atomic { awake && !gone -> gone = true; pending[0]--; pending[1]--;
        marked[0] = true; marked[1] = true }
}
#else
/* I2: what is clean is equal, at every moment. */
proctype Always() {
end: atomic { CLEAN(0) && !EQUAL(0) || CLEAN(1) && !EQUAL(1) -> assert(false) }
}
#endif

proctype Rest() {
    ended == 2 && flying[0] == 0 && flying[1] == 0;
    atomic { CLEAN(0) && CLEAN(1) -> assert(EQUAL(0) && EQUAL(1)) }
}

init {
    atomic {
        run Writer(0, 1); run Writer(1, 0); run Late(0, 1); run Late(1, 0); run Repair(0);
        run Repair(1); run Rest();
#ifdef EVICTED
        run Person()
#else
        run Always()
#endif
    }
}
