/* Weights up and down, authority to the target and back, while writes and reads go on.

   One key, two gateways, one or two writers of two writes in all, a reader that never stops (by id
   and by search, at either gateway), repair; an executor that may die and start again between its
   flips of the weight. A value is its place in the authority's order.

   Switches
     BACK        authority returns to the source
     FAILS       the follower may refuse any write
     COPIES      a copier opens windows whenever the route lets it
   Mutants
     NO_WAIT             a flip does not wait for acknowledgements
     AWAITED_ONCE        an executor that starts again takes a flip it finds for acknowledged
     UNEQUAL             authority moves while the key is marked or an intent is open
     REPAIR_UNSEEN       weight rises while the last repair is still at work
     ONE_FLIP            acknowledgement and weight in one flip
     NO_SWITCH           authority by two flips: no reads on the target before writes resume
     NO_HOLD             authority by one flip
     OWN_EPOCH           a write looks at the route first, and opens its intent after
     OWN_ROUTE           a read by id goes by its gateway's route
     FROM_MEMORY         a repair takes its direction from its gateway's route
     WINDOW_IN_HOLD      flips do not wait for windows
     WINDOW_WEIGHTED     copies go on while reads go to the follower
    WEIGHT_ALONE        copies begin when the weight is 0, though a gateway may not know of it */
#include "route.h"

#ifndef WRITES
#define WRITES 2
#endif
#ifndef WRITERS
#define WRITERS 2
#endif

byte store[2];              /* what each side holds of the key */
byte order, acknowledged;   /* the authority's latest version; the latest that a client knows of */
byte begun;                 /* writes so far */
bool faulty;                /* the follower has refused something */

byte route = ROUTE(SOURCE, 0, 0, OPEN), epoch;
byte pending;               /* intents on the key */
bool marked, repairing, window, touched;

byte view[2], seen[2], answered[2]; /* per gateway: its route, that route's epoch, acknowledged */
byte now[2], before[2];             /* in flight: under the epoch seen, under an older one */
byte ended;                         /* writers that are through */

#define ACKNOWLEDGED (answered[0] == epoch && answered[1] == epoch)
#ifdef NO_WAIT
#define AWAIT skip
#else
#define AWAIT (ACKNOWLEDGED)
#endif
#ifdef UNEQUAL
#define NOTHING_OPEN true
#define SETTLED true
#else
#define NOTHING_OPEN (pending == 0 && !marked)
#ifdef WINDOW_IN_HOLD
#define SETTLED NOTHING_OPEN
#else
#define SETTLED (NOTHING_OPEN && !window)
#endif
#endif
#ifdef FROM_MEMORY
#define KNOWN view[0]
#else
#define KNOWN route
#endif
#ifdef REPAIR_UNSEEN
#define EQUAL (!marked && !window)
#else
#define EQUAL (!marked && !window && !repairing)
#endif
#ifdef WINDOW_WEIGHTED
#define UNREAD true
#else
#ifdef WEIGHT_ALONE
#define UNREAD (WEIGHT(route) == 0)
#else
#define UNREAD (WEIGHT(route) == 0 && !BOTH(route))
#endif
#endif
#define MAY_COPY (STAGE(route) == OPEN && AUTHORITY(route) == SOURCE && UNREAD)

inline enter(i) { now[i]++; entered = seen[i] }
inline leave(i) {
    if :: entered == seen[i] -> now[i]-- :: else -> before[i]-- fi; entered = 0
}
inline open_intent() {
    if :: pending > 0 -> marked = true :: else fi;
    pending++;
    if :: window -> touched = true :: else fi
}
inline know(v) { if :: v > acknowledged -> acknowledged = v :: else fi }

/* GatewayLoop.swift: follows the route at once, acknowledges when older requests are through. */
proctype Gateway(byte i) {
end: do
    :: atomic { seen[i] != epoch ->
        view[i] = route; seen[i] = epoch; before[i] = before[i] + now[i]; now[i] = 0 }
    :: atomic { before[i] == 0 && answered[i] != seen[i] -> answered[i] = seen[i] }
    od
}

/* RecordWriter.swift, FollowerLeg.swift. */
proctype Writer() {
    byte i, v, entered; bit side; bool both, good;
    do
    :: atomic { begun < WRITES -> begun++ }
        if :: i = 0 :: i = 1 fi;
#ifdef OWN_EPOCH
        atomic { STAGE(view[i]) == OPEN -> side = AUTHORITY(view[i]); both = BOTH(view[i]) }
        atomic { enter(i); open_intent() }
#else
again:  atomic { STAGE(view[i]) == OPEN -> enter(i) }
        atomic {
            if
            :: STAGE(route) != OPEN -> leave(i); goto again
            :: else -> side = AUTHORITY(route); both = BOTH(route); open_intent()
            fi
        }
#endif
        atomic { order++; v = order; store[side] = v };
        if :: both :: !both -> atomic { know(v) } fi;
        good = true;
        if
        :: store[1 - side] = v
#ifdef FAILS
        :: atomic { good = false; faulty = true }
#endif
        fi;
        atomic {
            pending--;
            if :: !good -> marked = true :: else fi;
            if :: both :: !both -> leave(i) fi
        }
        if
        :: both ->
            /* Answered when its key is settled, or the follower's time is up. */
            if :: !marked && !repairing :: faulty fi;
            atomic { know(v); leave(i) }
        :: !both
        fi;
        atomic { v = 0; i = 0; side = 0; both = false }
    :: atomic { begun == WRITES -> ended++; break }
    od
}

/* RecordReader.swift. By id: what is in flux from the ledger's authority, the rest by weight. */
proctype Reader() {
    byte i, least, r, entered; bool search; bit side;
end: do
    :: atomic {
            if :: i = 0 :: i = 1 fi;
            if :: search = true :: search = false fi;
            least = acknowledged; r = view[i]; enter(i)
        }
        atomic {
            if
#ifndef OWN_ROUTE
            :: !search && WEIGHT(r) > 0 ->
                r = route;
                if :: pending > 0 || marked || window -> r = ROUTE(AUTHORITY(r), 0, 0, OPEN)
                :: else fi
#endif
            :: else
            fi;
            if
            :: WEIGHT(r) < 2 -> side = AUTHORITY(r)
            :: WEIGHT(r) > 0 -> side = FOLLOWER(r)
            fi
        }
        atomic {
            assert(store[side] >= least || search && faulty);
            leave(i); i = 0; least = 0; r = 0; side = 0; search = false
        }
    od
}

/* RepairLoop.swift, Reconciler.swift. */
proctype Repair() {
    byte a, f; bit side; bool good;
end: do
    :: atomic { marked && pending == 0 ->
            marked = false; repairing = true; open_intent(); side = AUTHORITY(KNOWN) }
        a = store[side]; f = store[1 - side];
        good = true;
        if
        :: a == f
        :: a != f ->
            if
            :: store[1 - side] = a
#ifdef FAILS
            :: good = false
#endif
            fi
        fi;
        atomic {
            pending--; repairing = false;
            if :: !good -> marked = true :: else fi;
            a = 0; f = 0; side = 0; good = false
        }
    od
}

#ifdef COPIES
/* Copier.swift: one page of a backfill, again and again. */
proctype Copier() {
    byte v;
end: do
    :: atomic { MAY_COPY -> window = true; touched = pending > 0 }
        v = store[SOURCE];
        store[TARGET] = v;
        atomic { if :: touched -> marked = true :: else fi; window = false; touched = false; v = 0 }
    od
}
#endif

inline flip(next) { route = next; epoch++ }

/* Flips.swift, Flips+Authority.swift. `again`: a new executor looks at the route first. */
proctype Executor() {
#ifdef ONE_FLIP
    atomic { EQUAL -> flip(ROUTE(SOURCE, 1, 1, OPEN)) };
    AWAIT;
#else
raise:
    if
    :: !BOTH(route) ->
        atomic { flip(ROUTE(SOURCE, 0, 1, OPEN)) };
        if :: goto raise :: AWAIT fi
    :: else
    fi;
#ifndef AWAITED_ONCE
    AWAIT;
#endif
    atomic { EQUAL -> flip(ROUTE(SOURCE, 1, 1, OPEN)) };
    AWAIT;
    if
    :: true
    :: true ->
lower:  if
        :: WEIGHT(route) > 0 ->
            atomic { flip(ROUTE(SOURCE, 0, 1, OPEN)) };
            if :: goto lower :: AWAIT fi
        :: else
        fi;
#ifndef AWAITED_ONCE
        AWAIT;
#endif
        atomic { flip(ROUTE(SOURCE, 0, 0, OPEN)) };
        AWAIT
    fi;
#endif
#ifdef NO_HOLD
    atomic { SETTLED -> flip(ROUTE(TARGET, 0, 0, OPEN)) };
#else
    atomic { flip(ROUTE(SOURCE, WEIGHT(route), BOTH(route), HOLDING)) };
    AWAIT;
#ifndef NO_SWITCH
    atomic { SETTLED -> flip(ROUTE(SOURCE, 2, BOTH(route), SWITCHED)) };
    AWAIT;
#endif
    atomic { SETTLED -> flip(ROUTE(TARGET, 0, 0, OPEN)) };
#endif
    AWAIT;
#ifdef BACK
    atomic { flip(ROUTE(TARGET, 0, 0, HOLDING)) };
    AWAIT;
    atomic { SETTLED -> flip(ROUTE(TARGET, 2, 0, SWITCHED)) };
    AWAIT;
    atomic { SETTLED -> flip(ROUTE(SOURCE, 0, 0, OPEN)) };
    AWAIT;
#endif
    atomic { ended == WRITERS && pending == 0 && !marked && !window ->
        assert(store[SOURCE] == store[TARGET]);
        assert(store[AUTHORITY(route)] >= acknowledged) }
}

init {
    atomic {
        run Gateway(0); run Gateway(1); run Writer();
#if WRITERS == 2
        run Writer();
#endif
        run Reader(); run Repair();
#ifdef COPIES
        run Copier();
#endif
        run Executor()
    }
}
