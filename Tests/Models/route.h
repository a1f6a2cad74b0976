/* The route, as one byte: authority, share of reads on the follower, acknowledgement, stage of a
   hold. PlanCore/Ledger/Route.swift. */
#define SOURCE 0
#define TARGET 1
/* Share of reads that the follower answers: 0 none, 1 some, 2 all. */
#define ROUTE(authority, weight, both, stage) \
    ((authority) | (weight) << 1 | (both) << 3 | (stage) << 4)
#define AUTHORITY(r) ((r) & 1)
#define FOLLOWER(r) (1 - AUTHORITY(r))
#define WEIGHT(r) ((r) >> 1 & 3)
#define BOTH(r) ((r) >> 3 & 1)
#define STAGE(r) ((r) >> 4)
#define OPEN 0
#define HOLDING 1
#define SWITCHED 2
#define REVERTING 3
