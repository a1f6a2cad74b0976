/* Delete by filter, beside an update that may move the key out of the filter, and a search.

   One key. The first version matches the filter, the second does not. Reads go to the follower and
   both sides acknowledge. What a side holds: the version, and whether it is deleted.

   Mutants
     BY_ID       the filter is expanded to deletes by id
     UNMARKED    what was listed or touched is not marked
     UNAWAITED   the delete is answered before the follower has it (its search may come too early) */
byte version[2] = 1;
bool deleted[2];
byte order = 1, acknowledged = 1;
byte at[2] = 1;             /* the place in the authority's order of what a side holds */
byte pending;
bool marked, repairing, window, touched;
byte ended;

#ifdef UNMARKED
#define MARKS false
#else
#define MARKS true
#endif

inline open_intent() {
    if :: pending > 0 -> marked = true :: else fi;
    pending++;
    if :: window -> touched = true :: else fi
}
inline know(v) { if :: v > acknowledged -> acknowledged = v :: else fi }

/* RecordWriter.swift */
proctype Update() {
    byte mine;
    atomic { open_intent() }
    atomic { order++; mine = order; version[0] = 2; deleted[0] = false; at[0] = mine };
    atomic { version[1] = 2; deleted[1] = false; at[1] = mine };
    atomic { pending-- };
    !marked && !repairing;
    atomic { know(mine); ended++ }
}

/* FilterWriter.swift */
proctype Delete() {
    byte mine; bool listed;
    atomic { window = true; touched = pending > 0 };
    listed = version[0] == 1 && !deleted[0];
#ifdef BY_ID
    if
    :: listed ->
        atomic { open_intent() }
        atomic { order++; mine = order; deleted[0] = true; at[0] = mine };
        atomic { deleted[1] = true; at[1] = mine };
        atomic { pending-- }
    :: !listed
    fi;
    atomic { if :: touched -> marked = true :: else fi; window = false };
#else
    atomic { if :: listed -> open_intent() :: else fi };
    atomic {
        if
        :: version[0] == 1 && !deleted[0] ->
            order++; mine = order; deleted[0] = true; at[0] = mine
        :: else
        fi
    };
    atomic {
        if :: listed -> pending-- :: else fi;
        if :: (touched || listed) && MARKS -> marked = true :: else fi;
        window = false
    };
#endif
#ifndef UNAWAITED
    !marked && !repairing;
#endif
    atomic { know(mine); ended++ }
}

/* RepairLoop.swift */
proctype Repair() {
    byte v, a; bool d;
end: do
    :: atomic { marked && pending == 0 -> marked = false; repairing = true; open_intent() }
        atomic { v = version[0]; d = deleted[0]; a = at[0] };
        atomic { version[1] = v; deleted[1] = d; at[1] = a };
        atomic { pending--; repairing = false; v = 0; d = false; a = 0 }
    od
}

proctype Search() {
    byte least;
end: do
    :: least = acknowledged;
        atomic { assert(at[1] >= least); least = 0 }
    od
}

/* An update never leaves the record deleted: before the filter it moves it out, after it writes
   it anew. */
proctype Rest() {
    atomic {
        ended == 2 && pending == 0 && !marked ->
        assert(version[0] == version[1] && deleted[0] == deleted[1]);
        assert(version[0] == 2 && !deleted[0])
    }
}

init { atomic { run Update(); run Delete(); run Repair(); run Search(); run Rest() } }
