// coturn as docker-compose.yml starts it, with Debian's coturn in place of the image's: whom it serves, and where it leads.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { programPath, TURN_SERVER } from '../../processes/find-program.ts';
import { freePort } from '../../processes/free-port.ts';
import { projectRoot, runCommand } from '../../processes/run-command.ts';
import { tellSweeper } from '../../processes/tell-sweeper.ts';
import { describeWithTurn } from '../support/describe-with-program.ts';
import { readCompose } from '../support/servers/compose-file.ts';

const TIMEOUT = 60_000;
/** Not the loopback interface, if there is another: coturn does not translate its addresses. Most are private, thus closed. */
const outward = Object.values(networkInterfaces())
  .flatMap((addresses = []) => addresses)
  .find(({ family, internal }) => family === 'IPv4' && !internal);
const OWN = outward?.address ?? '127.0.0.1';
const SEEN_FROM_OUTSIDE = outward ? '198.51.100.7' : OWN;
const SECRET = randomBytes(32).toString('hex');

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-coturn-')));
tellSweeper('remove', folder);

const named = ['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'AUTH_SECRET', 'RESEARCHER_KEY', 'PUBLIC_URL', 'TURN_URLS'];
const { coturn } = readCompose({
  ...Object.fromEntries(named.map((name) => [name, 'x'])),
  TURN_SECRET: SECRET,
  TURN_IP: OWN,
  TURN_EXTERNAL_IP: SEEN_FROM_OUTSIDE,
}).services;

describeWithTurn('coturn as docker-compose.yml starts it', () => {
  let port = 0;
  let server: ChildProcess;
  let output = '';

  beforeAll(async () => {
    port = await freePort();
    const args = (coturn?.command ?? []).map((word) => word.replace(/^\/etc\/coturn/, join(projectRoot, 'coturn')));
    const ofTheTest = [
      `--listening-port=${port}`,
      '--allow-loopback-peers',
      `--pidfile=${join(folder, 'pid')}`,
      `--userdb=${join(folder, 'turndb')}`,
    ];
    server = spawn(programPath(TURN_SERVER), [...args, ...ofTheTest], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (data: Buffer): void => {
      output += data.toString();
    };
    server.stdout?.on('data', collect);
    server.stderr?.on('data', collect);
    await once(server, 'spawn');
    const [, program = '', ...words] = coturn?.healthcheck?.test ?? [];
    const check = ['5', program, ...words.map((word) => (word === '3478' ? String(port) : word))];
    await eventually('the health check of docker-compose.yml is content', async () => {
      if (server.exitCode !== null) throw new Error(`coturn ended:\n${output}`);
      return (await runCommand('timeout', check)).exitCode === 0;
    });
  }, TIMEOUT);

  afterAll(async () => {
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    tellSweeper('forget', folder);
  });

  /** What coturn's own client says who sends a few messages; in a process that ends. */
  const talk = async (secret: string, ...args: string[]): Promise<string> => {
    const client = ['turnutils_uclient', '-v', '-n', '5', '-p', String(port), '-u', 'somebody', '-W', secret];
    return (await runCommand('timeout', ['30', ...client, ...args, OWN])).output;
  };

  it(
    'lets two talk who both come through it, at the address that the world sees',
    async () => {
      const said = await talk(SECRET, '-y');
      expect(said).toContain(`Received relay addr: ${SEEN_FROM_OUTSIDE}:`);
      expect(said).toMatch(/tot_recv_msgs=20\b/);
      expect(said).toContain('Total lost packets 0');
    },
    TIMEOUT,
  );

  it(
    'refuses whoever has no credentials made with TURN_SECRET',
    async () => {
      expect(await talk('another', '-y')).toContain('Cannot complete Allocation');
    },
    TIMEOUT,
  );

  it.each(['10.203.77.2', '192.168.1.1', '169.254.169.254'])(
    'is no door to %s',
    async (address) => {
      expect(await talk(SECRET, '-e', address)).toContain('403 (Forbidden IP)');
    },
    TIMEOUT,
  );
});
