byte S=2,T=2,pend=0; bool conf=0; byte ph=0; byte n=0;
proctype W(){ atomic { if :: pend>0->conf=1::else fi; pend++; ph=1 }; S=1; T=1; atomic { if :: ph==1 -> pend-- :: else
#ifdef MARK
  -> conf=1
#endif
  fi; ph=3; n++ } }
proctype W2(){ atomic { if :: pend>0->conf=1::else fi; pend++ }; S=3; T=3; atomic { pend--; n++ } }
proctype R(){ byte r; do
#ifndef OWNER
 :: atomic { (ph==1) -> ph=2; pend--; conf=1 }
#endif
 :: atomic { conf&&pend==0 -> conf=0; pend=1 }; r=S; T=r; atomic { pend-- }
 :: atomic { n==2 && !conf && pend==0 -> break } od; assert(S==T) }
init { atomic { run W(); run W2(); run R() } }
