"""The system calls that a submission may make, as a filter for bubblewrap.

Those are allowed that Python, NumPy and Matplotlib need; whatever else a kernel has, now or later,
is not there (ENOSYS, for which the C library and Python have other ways).  `REFUSED` says of those
that matter what they could be used for; the grader attacks its own sandbox with each of them.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

AF_UNIX = 1
NAMESPACES = 0x7E020000  # the flags CLONE_NEW…
SHARED, ANONYMOUS = 0x01, 0x20  # flags of mmap
LOW_BITS = 0xFFFFFFFF  # all that the kernel looks at where an argument is an int

ALLOWED = (
    # files
    *("open", "openat", "openat2", "creat", "close", "close_range", "read", "write", "readv"),
    *("writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "lseek"),
    *("_llseek", "stat", "lstat", "fstat", "newfstatat", "fstatat64", "stat64", "lstat64"),
    *("fstat64", "statx", "statfs", "fstatfs", "statfs64", "fstatfs64", "access", "faccessat"),
    *("faccessat2", "getdents", "getdents64", "getcwd", "chdir", "fchdir", "rename", "renameat"),
    *("renameat2", "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink", "symlinkat"),
    *("unlink", "unlinkat", "readlink", "readlinkat", "mknod", "mknodat", "chmod", "fchmod"),
    *("fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "umask", "truncate"),
    *("ftruncate", "truncate64", "ftruncate64", "fallocate", "fsync", "fdatasync", "sendfile"),
    *("sendfile64", "copy_file_range", "ioctl", "dup", "dup2", "dup3", "getxattr", "lgetxattr"),
    *("fgetxattr", "listxattr", "llistxattr", "flistxattr", "pipe", "pipe2"),
    # memory
    *("brk", "munmap", "mprotect", "mremap", "madvise", "msync", "mlock", "munlock"),
    *("get_mempolicy",),
    # processes, their rights and limits
    *("fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "waitpid"),
    *("getpid", "getppid", "gettid", "getpgid", "getpgrp", "setpgid", "getsid", "setsid"),
    *("pidfd_open", "pidfd_send_signal", "getuid", "geteuid", "getgid", "getegid", "getresuid"),
    *("getresgid", "getgroups", "setuid", "setgid", "setreuid", "setregid", "setresuid"),
    *("setresgid", "setfsuid", "setfsgid", "setgroups", "capget", "capset", "prlimit64"),
    *("getrlimit", "ugetrlimit", "setrlimit", "getrusage", "times", "sysinfo", "uname"),
    *("getpriority", "setpriority", "getcpu", "arch_prctl", "set_thread_area"),
    *("get_thread_area", "set_tid_address", "set_robust_list", "get_robust_list", "rseq"),
    *("futex", "futex_waitv", "futex_time64", "sched_yield", "sched_getaffinity"),
    *("sched_setaffinity", "sched_getparam", "sched_getscheduler", "sched_setscheduler"),
    *("sched_get_priority_max", "sched_get_priority_min", "sched_rr_get_interval"),
    # signals and time
    *("kill", "tkill", "tgkill", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn"),
    *("rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "rt_tgsigqueueinfo"),
    *("rt_sigsuspend", "sigaltstack", "pause", "alarm", "getitimer", "setitimer", "nanosleep"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "gettimeofday", "time"),
    *("timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete"),
    *("timerfd_create", "timerfd_settime", "timerfd_gettime", "restart_syscall", "getrandom"),
    # waiting for several things; of sockets a pair alone, by which asyncio wakes itself up
    *("poll", "ppoll", "select", "_newselect", "pselect6", "epoll_create", "epoll_create1"),
    *("epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2"),
    *("signalfd", "signalfd4", "shutdown", "getsockname", "getpeername", "getsockopt", "sendto"),
    "recvfrom",
)

# fcntl: descriptors and their flags, and how large a pipe is; not locks, leases and watches on
# files, nor larger pipes
FILE_COMMANDS = (0, 1, 2, 3, 4, 1030, 1032)
# prctl: names, ends of parents and children, and what setpriv and Python ask for; not filters,
# which are compiled into memory that the whole machine has a limit for
PROCESS_COMMANDS = (
    *(1, 2, 3, 4, 7, 8, 15, 16, 23, 24, 27, 28, 29, 30, 36, 37, 38, 39, 41, 42, 47),
)

# What is not allowed, and why.
REFUSED = (
    # namespaces, mounts, other roots: capabilities in them, and more of the kernel to attack
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount"),
    *("fsopen", "fsmount", "fsconfig", "mount_setattr", "open_by_handle_at", "name_to_handle_at"),
    # memory that no process is charged for
    *("memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "vmsplice", "splice", "tee"),
    # of which there are so many for the whole machine, or for all processes of its user
    *("io_setup", "io_submit", "io_pgetevents", "msgget", "semget", "mq_open", "seccomp"),
    *("add_key", "request_key", "keyctl", "landlock_create_ruleset", "modify_ldt"),
    # locks and watches on files that all boxes see: two submissions could talk by them
    *("flock", "inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init"),
    # the memory of files that all boxes see, and the disks
    *("mincore", "cachestat", "fadvise64", "readahead", "sync", "syncfs", "sync_file_range"),
    # no process is charged for the buffers of sockets, which can be made large, nor for open files
    # that are under way in a message: only pairs are allowed, and `Watch` counts them
    *("setsockopt", "socket", "bind", "listen", "accept", "accept4", "connect"),
    *("sendmsg", "sendmmsg", "recvmsg", "recvmmsg"),
    # other processes, and the kernel itself
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd"),
    *("kcmp", "userfaultfd", "bpf", "perf_event_open", "syslog", "acct", "quotactl", "swapon"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "swapoff", "personality"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
)

# What seems to succeed, and does nothing: devices have the time stamps of the machine, which all
# boxes see, and some honest programs set those of their own files.
IGNORED = ("utime", "utimes", "utimensat", "futimesat")


def available() -> str:
    """Empty if the filter can be made, else what is missing."""
    try:
        import pyseccomp  # noqa: F401
    except ImportError:
        return "the Python package pyseccomp is not installed: pip install pyseccomp"
    except (RuntimeError, OSError):
        return "the library libseccomp is not installed: on Debian the package libseccomp2"
    return ""


def refused_numbers() -> dict[str, int]:
    """The refused calls that this processor has."""
    import pyseccomp as seccomp

    found = {}
    for name in REFUSED:
        try:
            number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
        except (OSError, RuntimeError, ValueError):
            continue
        if number >= 0:
            found[name] = number
    return found


def write_filter(path: Path) -> None:
    """Write the filter, in the kernel's own form, to a file."""
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ERRNO(errno.ENOSYS))
    allow, ignore = seccomp.ALLOW, seccomp.ERRNO(0)

    def masked(position: int, mask: int, value: int) -> seccomp.Arg:
        return seccomp.Arg(position, seccomp.MASKED_EQ, mask, value)

    def rule(action: object, name: str, *arguments: seccomp.Arg) -> None:
        try:
            rules.add_rule(action, name, *arguments)
        except (OSError, RuntimeError, ValueError):
            pass  # this processor or this libseccomp has no call of that name

    for name in ALLOWED:
        rule(allow, name)
    for name in IGNORED:
        rule(ignore, name)
    # clone3 has its flags in memory, where a filter cannot look; the C library falls back to clone.
    rule(allow, "clone", masked(0, NAMESPACES, 0))
    # Pages that all processes of a box share belong to none of them: not both flags.
    for flags in (0, SHARED, ANONYMOUS):
        for name in ("mmap", "mmap2"):
            rule(allow, name, masked(3, SHARED | ANONYMOUS, flags))
    for name in ("fcntl", "fcntl64"):
        for command in FILE_COMMANDS:
            rule(allow, name, masked(1, LOW_BITS, command))
    for command in PROCESS_COMMANDS:
        rule(allow, "prctl", masked(0, LOW_BITS, command))
    # For a family that it does not know the kernel loads a module.
    rule(allow, "socketpair", masked(0, LOW_BITS, AF_UNIX))
    with open(path, "wb") as file:
        rules.export_bpf(file)
        file.flush()
        os.fsync(file.fileno())
