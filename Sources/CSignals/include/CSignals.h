// What must be settled before `main`, and what only C can say: handlers for the signals by which a batch
// system gives notice, and the death of the launcher.
// Not here: what a notice leads to; the training loop reads it once a step.
#ifndef CSIGNALS_H
#define CSIGNALS_H

/// The last signal that asked this process to stop: SIGUSR1, SIGUSR2 or SIGTERM; 0 when none came.
int csignals_notice(void);

/// Gives SIGUSR1, SIGUSR2 and SIGTERM their usual effect, which is to end the process at once; a notice
/// that has already come takes effect now.  For programs that have nothing to save.
void csignals_release(void);

#endif
