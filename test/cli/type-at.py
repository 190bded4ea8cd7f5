"""Runs a command on a terminal of its own. argv: a JSON list of [text to wait for, keys to send], then the command. Prints the screen; exits as the command does."""
import json, os, pty, select, sys, time

steps = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="40")
    os.execvp(sys.argv[2], sys.argv[2:])
import fcntl, struct, termios
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
seen, since, deadline = "", 0, time.time() + 90
while time.time() < deadline:
    if steps and steps[0][0] in seen[since:]:
        since = len(seen)
        time.sleep(0.15)
        os.write(fd, steps.pop(0)[1].encode())
    ready, _, _ = select.select([fd], [], [], 0.1)
    if not ready:
        continue
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data.decode("utf-8", "replace")
else:
    os.kill(pid, 9)
    seen += f"\n[still running; waiting for {steps[:1]}]"
_, status = os.waitpid(pid, 0)
sys.stdout.write(seen)
sys.exit(os.waitstatus_to_exitcode(status) if not os.WIFSIGNALED(status) else 128 + os.WTERMSIG(status))
