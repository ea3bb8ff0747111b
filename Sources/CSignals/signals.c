// Runs before `main` of whatever program links it, except a bundle of tests.
//
// SIGUSR1, SIGUSR2, SIGTERM: the number is kept and nothing else happens; any further one changes only the
//   number, because mpirun and batch systems send several (SIGTERM to mpirun reaches the ranks twice).
//   A process that must end at once is ended by SIGINT or SIGKILL.
// SIGPIPE, SIGXFSZ: ignored, so that a closed pipe and a full quota are errors of `write`.
// Descriptors 0 to 2: open on /dev/null where they were closed, so that no file of ours takes their place
//   and receives what is meant for standard error.
// Launched by mpirun: SIGKILL when the launcher dies, since nobody is left who could tell ranks to stop, and a
//   rank without its launcher cannot end in order.  Started otherwise the parent is a shell, which
//   may end before its background jobs.
#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static atomic_int notice;
static const int noticed_signals[] = {SIGUSR1, SIGUSR2, SIGTERM};

static void keep(int signal) { atomic_store(&notice, signal); }

static void handle(int signal, void (*handler)(int)) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, NULL);
}

static void handle_notices(void (*handler)(int)) {
  for (size_t i = 0; i < sizeof noticed_signals / sizeof *noticed_signals; i++)
    handle(noticed_signals[i], handler);
}

static int is_test_bundle(const char *program) {
  static const char suffix[] = ".xctest";
  size_t length = program ? strlen(program) : 0;
  return length >= sizeof suffix - 1 && strcmp(program + length - (sizeof suffix - 1), suffix) == 0;
}

__attribute__((constructor)) static void settle(int count, char **arguments) {
  if (count > 0 && is_test_bundle(arguments[0])) return;
  handle_notices(keep);
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);
  for (int descriptor = 0; descriptor <= 2; descriptor++)
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) open("/dev/null", O_RDWR);
  if (getenv("OMPI_COMM_WORLD_SIZE") == NULL) return;
  // A launcher that died before this line is noticed by MPI_Init, which needs it.
  pid_t launcher = getppid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launcher) raise(SIGKILL);
}

int csignals_notice(void) { return atomic_load(&notice); }

void csignals_release(void) {
  handle_notices(SIG_DFL);
  int pending = atomic_load(&notice);
  if (pending != 0) raise(pending);
}
