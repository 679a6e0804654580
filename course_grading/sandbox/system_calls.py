"""The system calls that a submission may not make, as a filter for bubblewrap.

A new user namespace would give it capabilities and more of the kernel to attack; a memory file
(memfd) or a segment of System V would be memory that no process is charged for.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

CLONE_NEWUSER = 0x10000000
AF_UNIX = 1
MAP_SHARED_ANONYMOUS = 0x21
LOW_BITS = 0xFFFFFFFF  # all that the kernel looks at where an argument is an int
# fcntl: locks, leases and watches on files, and the size of a pipe
FILE_COMMANDS = (5, 6, 7, 36, 37, 38, 1024, 1025, 1026, 1031)

REFUSED = (
    # namespaces, mounts, other roots
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount"),
    *("fsopen", "fsmount", "fsconfig", "mount_setattr", "open_by_handle_at", "name_to_handle_at"),
    # memory that no process is charged for
    *("memfd_create", "memfd_secret", "shmget", "shmat", "shmctl", "msgget", "semget", "mq_open"),
    # locks and watches on files that all boxes see: two submissions could talk by them
    *("flock", "inotify_init", "inotify_init1", "inotify_add_watch", "fanotify_init"),
    # buffers of sockets can be made large, and no process is charged for them
    "setsockopt",
    # other processes, and the kernel itself
    *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "userfaultfd"),
    *("bpf", "perf_event_open", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    *("keyctl", "add_key", "request_key", "syslog", "acct", "quotactl", "swapon", "swapoff"),
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


def write_filter(path: Path) -> None:
    """Write the filter, in the kernel's own form, to a file."""
    import pyseccomp as seccomp

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse, ignore = seccomp.ERRNO(errno.EPERM), seccomp.ERRNO(0)
    for name in (*REFUSED, *IGNORED):
        try:
            rules.add_rule(ignore if name in IGNORED else refuse, name)
        except (OSError, RuntimeError, ValueError):
            pass  # this processor or this libseccomp has no call of that name
    newuser = seccomp.Arg(0, seccomp.MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER)
    rules.add_rule(refuse, "clone", newuser)
    for command in FILE_COMMANDS:
        rules.add_rule(refuse, "fcntl", seccomp.Arg(1, seccomp.MASKED_EQ, LOW_BITS, command))
    # Pages that all processes of a box share belong to none of them.
    shared = seccomp.Arg(3, seccomp.MASKED_EQ, MAP_SHARED_ANONYMOUS, MAP_SHARED_ANONYMOUS)
    rules.add_rule(refuse, "mmap", shared)
    # Its flags lie in memory, where a filter cannot look; the C library falls back to clone.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    # vsock, for one, leads out of a virtual machine whatever the network namespace is; and TCP has
    # large buffers even where there is no network.
    unknown = seccomp.ERRNO(errno.EAFNOSUPPORT)
    rules.add_rule(unknown, "socket", seccomp.Arg(0, seccomp.NE, AF_UNIX))
    with open(path, "wb") as file:
        rules.export_bpf(file)
        file.flush()
        os.fsync(file.fileno())
