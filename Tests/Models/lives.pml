/* What must come about, on weak fairness: a process that can always take its step takes it.

   A hold ends, though its executor dies and a gateway never answers again. A marked key is clean
   at last when writes stop, though a request is never answered and the follower refuses for a
   while. A clock that is over stays over.

   Mutants
     NO_CLOCK        gateways do not end holds
     PATIENT         reads that go back are waited for as long as it takes
     UNRECLAIMED     an intent of unknown outcome stays
     KEPT            a repair that failed keeps its intent */
#include "route.h"

byte stage;                 /* of the ledger's route */
bool asleep;                /* the second gateway never answers again */
bool adopted[2];            /* what each knows of the latest stage */
bool written;               /* the held write came through */
byte pending, refusals = 2;
bool marked = true, flying;
bool quiet;

#ifdef PATIENT
#define MAY_OPEN (adopted[0] && adopted[1])
#else
#define MAY_OPEN true
#endif
#define AWAKE(i) (i == 0 || !asleep)
inline turn(s) { stage = s; adopted[0] = false; adopted[1] = false }

/* Flips+Authority.swift, up to where it dies. */
proctype Executor() {
    if
    :: true
    :: goto dead
    fi;
    atomic { stage == OPEN -> turn(HOLDING) };
    if :: adopted[0] && adopted[1] :: stage == OPEN :: goto dead fi;
    atomic { if :: stage == HOLDING && pending == 0 && !marked -> turn(SWITCHED) :: else -> goto dead fi };
    if :: adopted[0] && adopted[1] :: stage != SWITCHED :: goto dead fi;
    atomic { if :: stage == SWITCHED -> turn(OPEN) :: else fi };
dead: skip
}

proctype Sleep() { asleep = true }

proctype Gateway(byte i) {
end: do
    :: atomic { AWAKE(i) && !adopted[i] -> adopted[i] = true }
    od
}

/* GatewayLoop.swift: endOverdueHold, one gateway's clock. */
proctype Clock(byte i) {
end: do
#ifndef NO_CLOCK
    :: atomic { AWAKE(i) && adopted[i] && stage == HOLDING -> turn(OPEN) }
    :: atomic { AWAKE(i) && adopted[i] && stage == SWITCHED -> turn(REVERTING) }
#endif
    :: atomic { AWAKE(i) && adopted[i] && stage == REVERTING && MAY_OPEN -> turn(OPEN) }
    od
}

/* HoldGate.swift, RecordWriter.swift: through the gateway that is awake. */
proctype Writer() {
    atomic { stage == OPEN && adopted[0] ->
        if :: pending > 0 -> marked = true :: else fi;
        pending++
    };
    if
    :: atomic { pending--; written = true }
    :: atomic { flying = true; written = true }
    fi;
    quiet = true
}

/* Reclaimer.swift */
proctype Reclaim() {
end: flying -> flying = false;
#ifndef UNRECLAIMED
    atomic { pending--; marked = true }
#endif
}

proctype Repair() {
end: do
    :: atomic { marked && pending == 0 -> marked = false; pending++ }
        if
        :: atomic { pending-- }
        :: atomic { refusals > 0 -> refusals--; marked = true;
#ifndef KEPT
            pending--
#endif
            }
        fi
    od
}

init {
    atomic {
        adopted[0] = true; adopted[1] = true;
        run Executor(); run Sleep(); run Gateway(0); run Gateway(1); run Clock(0); run Clock(1);
        run Writer(); run Reclaim(); run Repair()
    }
}

ltl served { <> written && [] (quiet -> <> (pending == 0 && !marked)) && [] <> (stage == OPEN) }
