// Starting and stopping the real server as a person does it: what it prints, what it refuses, and that nothing stays behind.
import { chownSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { processesOn } from '../../processes/process-table.ts';
import { runCommand } from '../../processes/run-command.ts';
import {
  ENTRY,
  type ServerOptions,
  type ServerProcess,
  spawnServer,
  spawnServerProcess,
} from '../../processes/spawn-server.ts';
import { createResearcherApi } from '../../src/client/index.ts';
import { createTestDatabase } from '../support/servers/database.ts';

const TIMEOUT = { timeout: 90_000 };
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const onLinux = process.platform === 'linux';

const start = async (options?: ServerOptions) => {
  const server = await spawnServer(options);
  onTestFinished(server.stop);
  return server;
};

const dataFolder = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-lifecycle-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
};

/** A start that is to fail: what it printed, once it has ended with code 1. */
const failedStart = async (options: ServerOptions): Promise<string> => {
  const attempt = await spawnServerProcess({ dataDir: dataFolder(), ...options });
  const { code, signal } = await attempt.exited;
  expect({ code, signal }, attempt.output()).toEqual({ code: 1, signal: null });
  return attempt.output();
};

/** One readable message: no stack, no dump of an error object. */
const expectReadable = (message: string): void => {
  expect(message).not.toMatch(/^\s+at .+:\d+/m);
  expect(message).not.toContain('node:internal');
  expect(message.trim().split('\n').length).toBeLessThan(12);
};

const nothingIsLeft = (server: ServerProcess) =>
  eventually('no process is left', () => processesOn(server.dataDir).length === 0);

describe('starting', TIMEOUT, () => {
  it('[ST2] comes up on an empty folder, opens its port when it is ready, and prints the key once', async () => {
    const dataDir = dataFolder();
    const first = await spawnServerProcess({ dataDir, env: { RESEARCHER_KEY: '' } });
    const answer = await eventually('the first answer on the port', async () =>
      fetch(`${first.url}/readyz`).catch(() => undefined),
    );
    expect(answer.status).toBe(200);
    const printed = await eventually('the key is printed', () => /Researcher key\s+(\S+)/.exec(first.output())?.[1]);
    expect(first.output()).toContain(`http://localhost:${first.port}/`);
    expect(first.output()).toContain(`http://localhost:${first.port}/console`);
    const api = createResearcherApi({ serverUrl: first.url, key: printed });
    expect((await api.studies()).items).toEqual([]);
    await first.kill('SIGTERM');

    const second = await start({ dataDir, env: { RESEARCHER_KEY: '' } });
    await eventually('the banner', () => second.output().includes('Trialogue is ready'));
    expect(second.output()).not.toContain(printed);
    expect((await createResearcherApi({ serverUrl: second.url, key: printed }).studies()).items).toEqual([]);
  });

  it('[ST1] lists every wrong setting in one message', async () => {
    const message = await failedStart({
      env: { PORT: 'door', RESEARCHER_KEY: 'short', AUTH_SECRET: 'short', TURN_URLS: 'turn:turn.example.org' },
    });
    expectReadable(message);
    for (const name of ['PORT', 'RESEARCHER_KEY', 'AUTH_SECRET', 'TURN_SECRET']) expect(message).toContain(`${name}:`);
  });

  it('[ST3] refuses a second start on the same folder, and the first goes on', async () => {
    const first = await start();
    const message = await failedStart({ dataDir: first.dataDir });
    expectReadable(message);
    expect(message).toContain('Another server is running');
    expect(message).toContain('DATA_DIR');
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });

  it.each([
    ['nothing listens', 'postgres://nobody:a-secret@127.0.0.1:9/none', '127.0.0.1:9'],
    ['the host has several addresses', 'postgres://nobody:a-secret@localhost:9/none', 'localhost:9'],
    ['the host is not known', 'postgres://nobody:a-secret@database.invalid/none', 'database.invalid'],
  ])('[ST1] says of a wrong DATABASE_URL that %s', async (_, url, named) => {
    const message = await failedStart({ env: { DATABASE_URL: url } });
    expectReadable(message);
    expect(message).toContain(named);
    expect(message).toContain('DATABASE_URL');
    expect(message).not.toContain('a-secret');
  });

  it.each([
    ['password', 'a-secret', 'password'],
    ['pathname', '/not-there', 'not-there'],
    ['username', 'nobody-here', 'nobody-here'],
  ] as const)('[ST1] says of a DATABASE_URL that its %s is wrong', async (part, value, named) => {
    const database = await createTestDatabase({ empty: true });
    onTestFinished(database.drop);
    const url = new URL(database.url);
    const { password } = url;
    url[part] = value;
    const message = await failedStart({ env: { DATABASE_URL: url.href } });
    expectReadable(message);
    expect(message).toContain(named);
    expect(message).not.toContain(password);
  });

  it.runIf(onLinux).each([
    ['STORAGE_URL', 'file:///etc/hostname/x', '/etc/hostname/x'],
    ['STORAGE_URL', 'file:/proc/nope', '/proc/nope'],
    ['DATA_DIR', '/proc/nope', '/proc/nope'],
  ])('[ST1] says that the folder of %s cannot be used, and stops what it started: %s', async (name, value, named) => {
    const dataDir = dataFolder();
    const message = await failedStart({ dataDir, env: { [name]: value } });
    expectReadable(message);
    expect(message).toContain(name);
    expect(message).toContain(named);
    expect(processesOn(dataDir)).toEqual([]);
  });

  it('says that the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const dataDir = dataFolder();
    const message = await failedStart({ port, dataDir });
    expectReadable(message);
    expect(message).toContain(String(port));
    expect(processesOn(dataDir)).toEqual([]);
  });

  it('says that the database is of another major version', async () => {
    const dataDir = dataFolder();
    const first = await spawnServer({ dataDir });
    await first.stop();
    const versionFiles = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /postgres.data.PG_VERSION$/.test(file),
    );
    expect(versionFiles).toHaveLength(1);
    for (const file of versionFiles) writeFileSync(join(dataDir, file), '15\n');
    const message = await failedStart({ dataDir });
    expectReadable(message);
    expect(message).toContain('15');
    expect(message).toContain('18');
  });

  it('says which Node is needed', async () => {
    const older = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.11.1' } })`;
    const message = await failedStart({
      command: [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(older)}`, ENTRY],
    });
    expectReadable(message);
    expect(message).toContain('20.11.1');
    expect(message).toContain('npm ci');
  });

  it.runIf(isRoot && onLinux)(
    '[ST2] comes up for an ordinary user, in a folder that is closed to others',
    async ({ skip }) => {
      const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] as const;
      const [setpriv, ...rest] = asNobody;
      const { exitCode } = await runCommand(setpriv, [...rest, process.execPath, '--check', ENTRY]);
      skip(exitCode !== 0, 'the project lies in a folder that other users cannot read');
      const dataDir = dataFolder();
      chownSync(dataDir, NOBODY, NOBODY);
      const server = await start({ dataDir, command: [...asNobody, process.execPath, ENTRY] });
      expect(readFileSync(join('/proc', String(server.pid), 'status'), 'utf8')).toContain(`Uid:\t${NOBODY}`);
      const api = createResearcherApi({ serverUrl: server.url, key: server.researcherKey });
      expect((await api.studies()).items).toEqual([]);
    },
  );
});

describe('stopping', TIMEOUT, () => {
  it.each([
    ['SIGTERM once', ['SIGTERM']],
    ['SIGINT once', ['SIGINT']],
    ['SIGTERM twice', ['SIGTERM', 'SIGTERM']],
    ['SIGINT twice', ['SIGINT', 'SIGINT']],
  ] as const)('[ST4] ends with code 0 and leaves no process on %s', async (_, signals) => {
    const server = await start();
    for (const signal of signals) process.kill(server.pid, signal);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await nothingIsLeft(server);
  });

  it('[ST4] a Ctrl-C that reaches the whole process group stops it in order', async () => {
    const server = await start();
    process.kill(-server.pid, 'SIGINT');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    await nothingIsLeft(server);
  });

  it('[ST4] a signal in the middle of the start leaves no process', async () => {
    const dataDir = dataFolder();
    const server = await spawnServerProcess({ dataDir });
    await eventually('the database is being started', () => processesOn(dataDir).length > 1);
    process.kill(server.pid, 'SIGTERM');
    await server.exited;
    await nothingIsLeft(server);
  });

  it('[ST4] npm start hands the signal on', async () => {
    const server = await start({ command: ['npm', 'start'] });
    process.kill(server.pid, 'SIGTERM');
    await server.exited;
    await nothingIsLeft(server);
  });
});
