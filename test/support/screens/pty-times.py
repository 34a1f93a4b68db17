"""Runs a program in a pseudo-terminal and measures how fast it is: the wish is JSON on standard input, and so is the answer.

wish: argv, env, cwd, columns, rows, steps. Each step gives one number of the answer:
  {"until": TEXT}     milliseconds since the step began until the text is written; of the first step since the start
  {"key": KEYS}       milliseconds from the keys to the end of the next picture
  {"end": true}       milliseconds since the step began until the program has ended; of the first step since the start
  {"rest": SECONDS}   0, after so long
  {"load": SECONDS}   the share of a core that it takes meanwhile
  {"cpu": true}       milliseconds of a core that it has taken since its start
  {"memory": true}    its resident memory in megabytes
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PICTURE = b"\x1b[?2026l"
GIVE_UP = 60


class Program:
    def __init__(self, wish):
        self.began = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(wish["cwd"])
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", wish["rows"], wish["columns"], 0, 0))
            os.execvpe(wish["argv"][0], wish["argv"], wish["env"])
        self.has_ended = False

    def read(self, seconds):
        """What is written within so many seconds; empty where nothing is."""
        if self.has_ended or not select.select([self.fd], [], [], seconds)[0]:
            return b""
        try:
            text = os.read(self.fd, 65536)
        except OSError:
            text = b""
        self.has_ended = text == b""
        return text

    def until(self, wanted, began):
        text = b""
        while wanted not in text:
            text += self.read(0.5)
            if self.has_ended or time.monotonic() - began > GIVE_UP:
                sys.exit(f"never seen: {wanted!r} in {text[-2000:]!r}")
        return 1000 * (time.monotonic() - began)

    def rest(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.has_ended:
            self.read(left)

    def cpu(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def load(self, seconds):
        before = self.cpu()
        self.rest(seconds)
        return (self.cpu() - before) / seconds

    def memory(self):
        with open(f"/proc/{self.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:")) / 1000

    def step(self, step, began):
        if "until" in step:
            return self.until(step["until"].encode(), began)
        if "key" in step:
            while self.read(0.01):
                pass
            began = time.monotonic()
            os.write(self.fd, step["key"].encode())
            return self.until(PICTURE, began)
        if "end" in step:
            while not self.has_ended:
                self.read(0.5)
            return 1000 * (time.monotonic() - began)
        if "load" in step:
            return self.load(step["load"])
        if "cpu" in step:
            return 1000 * self.cpu()
        if "memory" in step:
            return self.memory()
        self.rest(step["rest"])
        return 0

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)


def main():
    wish = json.load(sys.stdin)
    program = Program(wish)
    try:
        began = program.began
        answer = []
        for step in wish["steps"]:
            answer.append(program.step(step, began))
            began = time.monotonic()
        print(json.dumps(answer))
    finally:
        program.close()


main()
