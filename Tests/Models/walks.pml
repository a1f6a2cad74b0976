/* A backfill that is rolled back to single writes while workers go on, and applied again.

   Two keys, walked in one range, a page each; two workers that nobody stops; a client that writes
   and deletes; an executor that may go back once. A value of 0 is no record.

   Switches
     EVICTED             the first worker may be taken for dead while it sleeps over a page
     IN_DOUBT            one page may end without an answer, or its worker die over it
   Mutants
     ASLEEP              a worker that wakes does not look whether its window is still there
     AT_ONCE             copying begins while single writes of unknown outcome may still land
     UNSWEPT             a page copies what the source has, and leaves the rest of the target
     OLD_CHUNK           a worker goes on with the chunk that it has, whatever the ledger says
     OLD_WINDOW          dual writes begin anew while a window of the earlier walk is open
     NO_WINDOW           a page is copied without a window
     DEAF                a window ignores the intents that are pending when it opens
     FORGETFUL           a window forgets the intents that end while it is open
     EARLY_CURSOR        the cursor is saved before the page is written; its worker may die
     DROPPED             a window whose write is in doubt is closed, and nothing marked or redone
     IMPATIENT           … is closed before its write can no longer land */
#define ABSENT 0
#ifndef WRITES
#define WRITES 2
#endif

byte source[2] = 9, target[2];
byte pending[2];
bool marked[2];
bool dual;                  /* writes go to both; else to the source alone, without an intent */
byte single, late;          /* single writes under way; those that may still land */
byte writes;

bool laid, done;            /* the chunk is there; it is through */
byte cursor, owner;         /* keys before it are copied; 0 where it waits for anybody */
bool window[3], touched[6]; /* by worker; by worker and key */
bool evicted;
bool paging[3];             /* the worker is over a page */
#ifdef IN_DOUBT
bool doubts;                /* there has been one */
#else
bool doubts = true;
#endif
bool doubt[3];              /* the worker's write of `what` to `place` may still land */
byte place[3], what[3];

#define HOLDS(w, c) (laid && !done && owner == w && cursor == c)
#define WINDOWS (window[1] || window[2])
#ifdef OLD_CHUNK
#define MAY_OPEN(w, c) true
#define MAY_CLOSE(w, c) true
#else
#define MAY_OPEN(w, c) HOLDS(w, c)
#ifdef EARLY_CURSOR
#define MAY_CLOSE(w, c) (laid && !done && owner == w)
#else
#define MAY_CLOSE(w, c) HOLDS(w, c)
#endif
#endif
#ifdef NO_WINDOW
#define OPENED false
#else
#define OPENED true
#endif
#ifdef DEAF
#define SEEN(n) false
#else
#define SEEN(n) (n > 0 && OPENED)
#endif
#ifdef UNSWEPT
#define SWEEPS false
#else
#define SWEEPS true
#endif
#ifdef IMPATIENT
#define IMPATIENCE true
#else
#define IMPATIENCE false
#endif
#ifdef ASLEEP
#define NOTICES false
#else
#define NOTICES true
#endif
#ifdef DROPPED
#define KEEPS false
#else
#define KEEPS true
#endif

inline touch(k) {
    if :: window[1] -> touched[k] = true :: else fi;
    if :: window[2] -> touched[2 + k] = true :: else fi
}
inline open_intent(k) {
    if :: pending[k] > 0 -> marked[k] = true :: else fi;
    pending[k]++;
    touch(k)
}

proctype Late(byte k, v) { atomic { if :: source[k] = v :: true fi; late-- } }

proctype Client() {
    byte k, v;
    do
    :: atomic { writes < WRITES -> writes++; v = writes }
        atomic {
            if :: k = 0 :: k = 1 fi;
            if :: true :: v = ABSENT fi
        }
        if
        :: atomic { dual -> open_intent(k) }
            source[k] = v;
            target[k] = v;
            atomic {
                pending[k]--;
#ifdef FORGETFUL
                touched[k] = false; touched[2 + k] = false;
#endif
                k = 0
            }
        :: atomic { !dual -> single++ }
            if
            :: atomic { source[k] = v; single-- }
            :: atomic { late++; single--; run Late(k, v) }
            fi
        fi
    :: atomic { writes == WRITES -> break }
    od
}

proctype Repair() {
    byte k, a;
end: do
    :: atomic {
            if
            :: dual && marked[0] && pending[0] == 0 -> k = 0
            :: dual && marked[1] && pending[1] == 0 -> k = 1
            fi;
            marked[k] = false; open_intent(k)
        }
        a = source[k];
        target[k] = a;
        atomic { pending[k]--; a = 0; k = 0 }
    od
}

/* A page whose outcome nobody knows lands late or never. */
proctype Doubt() {
end: do
    :: atomic { doubt[1] -> if :: target[place[1]] = what[1] :: true fi; doubt[1] = false }
    :: atomic { doubt[2] -> if :: target[place[2]] = what[2] :: true fi; doubt[2] = false }
    od
}

inline close_window(w) {
    window[w] = false; touched[2 * w - 2] = false; touched[2 * w - 1] = false
}

/* Copier.swift, Copier+Sweep.swift. `w` is 1 or 2. */
proctype Worker(byte w) {
    byte c, v;
end: do
    :: atomic { laid && !done && owner == 0 -> owner = w; c = cursor }
page:   if
        :: atomic { dual && MAY_OPEN(w, c) ->
                window[w] = OPENED; paging[w] = true;
                touched[2 * w - 2] = SEEN(pending[0]); touched[2 * w - 1] = SEEN(pending[1]) }
        :: atomic { !MAY_OPEN(w, c) -> goto lost }
        fi;
        v = source[c];
#ifdef EARLY_CURSOR
        atomic { if :: HOLDS(w, c) -> cursor = c + 1 :: else fi };
#endif
        if
        :: atomic { v == ABSENT -> if :: target[c] != ABSENT && SWEEPS -> marked[c] = true :: else fi }
        :: v != ABSENT ->
            if
            :: target[c] = v
            :: atomic { !doubts && !evicted -> doubts = true; doubt[w] = true; place[w] = c; what[w] = v };
                goto given_up
            fi
        fi;
        atomic {
            if :: touched[2 * w - 2 + c] -> marked[c] = true :: else fi;
            close_window(w);
            if
            :: MAY_CLOSE(w, c) ->
                c++;
                if :: laid -> cursor = c; owner = w; done = c == 2 :: else fi;
                if :: c == 2 -> owner = 0; goto lost :: else -> goto page fi
            :: else -> if :: NOTICES -> marked[c] = true :: else fi; goto lost
            fi
        };
given_up:
        /* The worker died, or does not know what came of its write. Reclaimer.swift */
        atomic { !doubt[w] || IMPATIENCE ->
            if :: touched[2 * w - 2] && KEEPS -> marked[0] = true :: else fi;
            if :: touched[2 * w - 1] && KEEPS -> marked[1] = true :: else fi;
            close_window(w);
            if
            :: laid && !done && owner == w ->
                owner = 0;
                if :: !KEEPS -> cursor = c + 1 :: else fi;
                done = cursor == 2
            :: else
            fi
        };
lost:   atomic { c = 0; v = 0; paging[w] = false }
    od
}

#ifdef EVICTED
proctype Person() {
end: atomic { window[1] && !evicted -> evicted = true;
        if :: touched[0] -> marked[0] = true :: else fi;
        if :: touched[1] -> marked[1] = true :: else fi;
        close_window(1);
        if :: laid && !done && owner == 1 -> owner = 0 :: else fi
    }
}
#endif

/* DualWriteStep.swift, BackfillStep.swift */
proctype Executor() {
    bool again;
forward:
    dual = true;
#ifndef AT_ONCE
    single == 0 && late == 0;
#else
    single == 0;
#endif
#ifndef OLD_WINDOW
    !WINDOWS;
#endif
    atomic { laid = true; done = false; cursor = 0; owner = 0 };
    if
    :: done
    :: !again ->
        again = true;
        dual = false;
        pending[0] == 0 && pending[1] == 0;
        atomic { laid = false; done = false; marked[0] = false; marked[1] = false };
        goto forward
    fi;
    writes == WRITES && single == 0 && late == 0;
    !paging[1] && !paging[2] && !doubt[1] && !doubt[2];
    atomic {
        pending[0] == 0 && pending[1] == 0 && !marked[0] && !marked[1] ->
        assert(source[0] == target[0] && source[1] == target[1])
    }
}

init {
    atomic {
        run Client(); run Repair(); run Doubt(); run Worker(1); run Worker(2); run Executor();
#ifdef EVICTED
        run Person()
#endif
    }
}
