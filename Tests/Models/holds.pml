/* A hold and its ends: authority moves, or an abort, by the executor or by a gateway, from each
   stage, whoever dies or sleeps.

   One key, two gateways, a writer, a reader at either, an executor that may give up at any
   moment, die and start again. Time is not counted. A gateway's clock may end a hold at any moment
   once it has seen it; from `reverting` the budget may be over without the other's acknowledgement,
   and then a gateway that asked for its route before the reads went back asks again before it
   serves anything.

   Switches
     WEIGHED     the hold begins with reads on both sides and both acknowledging
   Mutants
     ONE_STEP            an abort from `switched` opens at once
     UNAWAITED           whoever finds `reverting` opens at once
     UNREFRESHED         a gateway that slept serves by the route that it has
     STAMPED_LATE        a route counts as fresh from when it was adopted, not from when it was asked
     OWN_ROUTE           a read by id goes by its gateway's route
     FROM_MEMORY         the executor resumes whatever the ledger's route has become */
#include "route.h"

byte store[2], order, acknowledged;
byte route, epoch;
byte pending;
byte view[2], seen[2], answered[2], busy[2]; /* per gateway; busy: requests in flight */
bool stale[2];              /* its route was asked for more than a budget ago */
byte lapses;                /* times that a budget ended without acknowledgements */


#ifdef WEIGHED
#define AS_BEFORE ROUTE(SOURCE, 1, 1, OPEN)
#define SHARE 1
#define TWO 1
#else
#define AS_BEFORE ROUTE(SOURCE, 0, 0, OPEN)
#define SHARE 0
#define TWO 0
#endif
#define ACKNOWLEDGED (answered[0] == epoch && answered[1] == epoch)
#define SETTLED (pending == 0)
#ifndef TRIES
#define TRIES 2
#endif
#ifndef WRITES
#define WRITES 1
#endif

inline flip(next) { route = next; epoch++ }

/* What a gateway that asked before now knows is older than a budget. */
inline lapse() {
    stale[0] = seen[0] != epoch; stale[1] = seen[1] != epoch;
    lapses++
}

/* LedgerTransaction+Hold.swift */
inline step_back() {
    if
#ifdef ONE_STEP
    :: true -> flip(AS_BEFORE)
#else
    :: STAGE(route) == SWITCHED -> flip(ROUTE(SOURCE, SHARE, TWO, REVERTING))
    :: STAGE(route) == REVERTING || STAGE(route) == HOLDING -> flip(AS_BEFORE)
#endif
    fi
}

/* GatewayLoop.swift, RouteView.swift. Asking and adopting are two moments. */
proctype Gateway(byte i) {
    byte found, at, then;
end: do
    :: atomic { seen[i] != epoch || stale[i] -> found = route; at = epoch; then = lapses }
        atomic {
            if
            :: at >= seen[i] ->
                /* Older requests are through before this is acknowledged: see below. */
                view[i] = found; seen[i] = at;
#ifdef STAMPED_LATE
                stale[i] = false
#else
                if :: then == lapses || at == epoch -> stale[i] = false :: else fi
#endif
            :: else
            fi;
            found = 0; at = 0; then = 0
        }
    :: atomic { busy[i] == 0 && answered[i] != seen[i] -> answered[i] = seen[i] }
    /* endOverdueHold: its own clock, by the epoch it knows. */
    :: atomic { seen[i] == epoch && (STAGE(route) == HOLDING || STAGE(route) == SWITCHED) ->
            step_back() }
    :: atomic { seen[i] == epoch && STAGE(route) == REVERTING ->
            if :: ACKNOWLEDGED :: !ACKNOWLEDGED -> lapse() fi;
            step_back() }
    od
}

/* RecordWriter.swift. */
proctype Writer(byte i) {
    byte v; bit side; bool both;
    do
    :: order < WRITES ->
        atomic { STAGE(view[i]) == OPEN -> busy[i]++ }
        atomic {
            if
            :: STAGE(route) != OPEN || order == WRITES -> busy[i]--; goto again
            :: else
            fi;
            side = AUTHORITY(route); both = BOTH(route);
            pending++; order++; v = order; store[side] = v;
            if :: both :: !both -> acknowledged = v fi
        }
        store[1 - side] = v;
        atomic {
            pending--;
            if :: both && v > acknowledged -> acknowledged = v :: else fi;
            busy[i]--; v = 0; side = 0; both = false
        }
again:  skip
    :: order == WRITES -> break
    od
}

proctype Reader() {
    byte i, least, r; bit side;
end: do
    :: atomic {
            if :: i = 0 :: i = 1 fi;
#ifndef UNREFRESHED
            /* refreshIfStale */
            if :: stale[i] -> view[i] = route; seen[i] = epoch; stale[i] = false :: else fi;
#endif
            least = acknowledged; r = view[i]; busy[i]++;
            if
            :: true /* a search */
#ifndef OWN_ROUTE
            :: WEIGHT(r) > 0 -> /* by id */
                r = route;
                if :: pending > 0 -> r = ROUTE(AUTHORITY(r), 0, 0, OPEN) :: else fi
#endif
            fi;
            if
            :: WEIGHT(r) < 2 -> side = AUTHORITY(r)
            :: WEIGHT(r) > 0 -> side = FOLLOWER(r)
            fi
        }
        atomic { assert(store[side] >= least); busy[i]--; i = 0; least = 0; r = 0; side = 0 }
    od
}

/* Flips+Authority.swift: attemptMove, abortHold. An executor that died begins at `look`. */
proctype Executor() {
    byte tries, mine;
look:
    if
    :: AUTHORITY(route) == TARGET -> goto finish
    :: atomic { AUTHORITY(route) == SOURCE && STAGE(route) != OPEN -> mine = epoch }
        /* abortHold */
        if
        :: STAGE(route) != REVERTING || epoch != mine
        :: STAGE(route) == REVERTING && epoch == mine ->
#ifndef UNAWAITED
            if
            :: ACKNOWLEDGED || epoch != mine
            :: atomic { epoch == mine && !ACKNOWLEDGED -> lapse() }
            fi
#else
            skip
#endif
        fi;
        atomic { if :: epoch == mine && STAGE(route) != OPEN -> step_back() :: else fi; mine = 0 }
        goto look
    :: AUTHORITY(route) == SOURCE && STAGE(route) == OPEN && tries == TRIES -> goto finish
    :: AUTHORITY(route) == SOURCE && STAGE(route) == OPEN && tries < TRIES -> tries++
    fi;
    ACKNOWLEDGED || STAGE(route) != OPEN;
    atomic {
        if
        :: STAGE(route) == OPEN -> flip(ROUTE(SOURCE, SHARE, TWO, HOLDING)); mine = epoch
        :: else -> goto look
        fi
    }
    if :: ACKNOWLEDGED || epoch != mine :: goto look fi;
    atomic {
        if
        :: epoch == mine && SETTLED -> flip(ROUTE(SOURCE, 2, TWO, SWITCHED)); mine = epoch
        :: else -> goto look
        fi
    }
    if :: ACKNOWLEDGED || epoch != mine :: goto look fi;
    atomic {
        if
        :: epoch == mine && SETTLED -> flip(ROUTE(TARGET, 0, 0, OPEN))
#ifdef FROM_MEMORY
        :: SETTLED -> flip(ROUTE(TARGET, 0, 0, OPEN))
#endif
        :: else -> goto look
        fi
    }
finish:
    atomic { order == WRITES && pending == 0 && STAGE(route) == OPEN && ACKNOWLEDGED ->
        assert(store[SOURCE] == store[TARGET]); assert(store[SOURCE] >= acknowledged) }
}

init {
    atomic {
        route = AS_BEFORE; view[0] = route; view[1] = route;
        run Gateway(0); run Gateway(1); run Writer(0); run Reader();
        run Executor()
    }
}
