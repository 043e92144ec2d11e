// A real coturn of the test's own, with the project's configuration, on free ports of the loopback interface.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { programPath, TURN_SERVER } from '../../../processes/find-program.ts';
import { freePort } from '../../../processes/free-port.ts';
import { tellSweeper } from '../../../processes/tell-sweeper.ts';

const CONFIG = fileURLToPath(new URL('../../../coturn/turnserver.conf', import.meta.url));
const HOST = '127.0.0.1';
const READY_WITHIN_MS = 20_000;

/** A STUN Binding request that is answered (RFC 8489): the server is there, whoever asks. */
const answers = async (port: number, withinMs: number): Promise<boolean> => {
  const socket = createSocket('udp4');
  const transaction = randomBytes(12);
  const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), transaction]);
  // A port that nobody listens on is told as an error of a connected socket.
  const answered = new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.on('message', (message) => {
      if (message.subarray(8, 20).equals(transaction)) resolve(true);
    });
  });
  socket.connect(port, HOST, () => socket.send(request, () => {}));
  const result = await Promise.race([answered, delay(withinMs, false)]);
  socket.close();
  return result;
};

export interface TurnServer {
  readonly url: string;
  readonly secret: string;
  /** What it has printed so far; each run begins anew. */
  log(): string;
  /** Ends it; its allocations are gone. Resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** On the same port; it must have ended. Resolves at the moment when it answers: performance.now(). */
  restart(): Promise<number>;
  /** SIGKILL, and its files are removed. */
  stop(): Promise<void>;
}

export const startTurnServer = async (): Promise<TurnServer> => {
  const program = programPath(TURN_SERVER);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-turn-')));
  const secret = randomBytes(16).toString('hex');
  let port = await freePort();
  let child: ChildProcess | undefined;
  let output = '';
  tellSweeper('remove', folder);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

  const launch = async (): Promise<number> => {
    const args = [
      '-c',
      CONFIG,
      `--listening-ip=${HOST}`,
      `--relay-ip=${HOST}`,
      `--allowed-peer-ip=${HOST}`,
      // Both ends of a call are relayed here, so one relay address talks to another of this interface.
      '--allow-loopback-peers',
      `--listening-port=${port}`,
      `--static-auth-secret=${secret}`,
      '--no-tls',
      '--no-dtls',
      '--verbose',
      '--log-file=stdout',
      `--pidfile=${join(folder, 'pid')}`,
      `--userdb=${join(folder, 'turndb')}`,
    ];
    output = '';
    // In a group of its own: Ctrl-C ends the run, the end of the run ends it.
    const started = spawn(program, args, { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    const collect = (data: Buffer): void => {
      output += data.toString();
    };
    started.stdout?.on('data', collect);
    started.stderr?.on('data', collect);
    await once(started, 'spawn');
    const deadline = performance.now() + READY_WITHIN_MS;
    while (!(await answers(port, 100))) {
      if (started.exitCode !== null || performance.now() > deadline) throw new Error(`no TURN server:\n${output}`);
      await delay(10);
    }
    return performance.now();
  };

  for (let attempt = 1; ; attempt += 1) {
    try {
      await launch();
      break;
    } catch (error) {
      await kill();
      // Who else looks for a free port may have been faster.
      if (attempt === 5 || !/already in use|cannot bind/i.test(output)) throw error;
      port = await freePort();
    }
  }
  return {
    url: `turn:${HOST}:${port}?transport=udp`,
    secret,
    log: () => output,
    kill,
    restart: launch,
    stop: async () => {
      await kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      tellSweeper('forget', folder);
    },
  };
};
