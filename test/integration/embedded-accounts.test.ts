// PostgreSQL refuses to run as root: which account runs it then, and how it gets to its files through closed folders.
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readlink, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/infra/embedded-postgres/embedded.ts';
import { isServerLocked } from '../../src/infra/postgres/server-lock.ts';
import { killProcessesIn, postmasterPid, startEmbeddedChild } from '../support/servers/embedded-processes.ts';
import { kept, remember, urlOf } from '../support/servers/kept-row.ts';

const isRoot = process.getuid?.() === 0;
const skipped = process.platform !== 'linux' || !isRoot;

describe.skipIf(skipped)(
  `embedded PostgreSQL started as root${skipped ? ' (skipped: only root on Linux can take on other accounts)' : ''}`,
  () => {
    let dataDir: string;
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'trialogue-embedded-'));
    });
    afterEach(async () => {
      const left = await killProcessesIn(dataDir);
      await rm(dataDir, { recursive: true, force: true });
      expect(left, 'processes left behind').toEqual([]);
    });
    const start = () => startEmbeddedPostgres({ dataDir, log: pino({ level: 'silent' }), isInUse: isServerLocked });

    it('with DATA_DIR closed to others: PostgreSQL runs as another user and only passes through', async () => {
      await chmod(dataDir, 0o700);
      const server = await start();
      expect((await stat(dataDir)).mode & 0o777).toBe(0o701);
      expect((await stat(join(dataDir, 'postgres/data'))).uid).not.toBe(0);
      await server.stop();
    });

    it('below a folder closed to others: it works, or says which folder is in the way', async () => {
      await chmod(dataDir, 0o755);
      const closed = join(dataDir, 'home');
      await mkdir(closed, { mode: 0o700 });
      const inside = join(closed, 'data');
      const child = await startEmbeddedChild(inside);
      if (child.said.url === undefined) {
        expect(child.said).toMatchObject({ code: 'database_unreachable_folder' });
        expect(child.said.message).toContain(closed);
      } else {
        await remember(child.said.url);
        await child.end('SIGTERM');
        // Opened later: the files change hands and everything is still there.
        await chmod(closed, 0o755);
        const again = await startEmbeddedChild(inside);
        expect(await kept(urlOf(again))).toBe(42);
        expect((await stat(join(inside, 'postgres/data'))).uid).not.toBe(0);
        await again.end('SIGTERM');
        await chmod(closed, 0o700);
      }
      expect((await stat(closed)).mode & 0o777).toBe(0o700);
    });

    it('with node_modules below a closed folder: the binaries are copied to where the other user reaches them', async () => {
      const home = await mkdtemp(join(tmpdir(), 'trialogue-home-'));
      const project = join(import.meta.dirname, '../..');
      const modules = join(home, 'node_modules');
      await mkdir(modules);
      for (const folder of ['src/infra/embedded-postgres', 'src/infra/postgres', 'src/protocol', 'test/support']) {
        await cp(join(project, folder), join(home, folder), { recursive: true });
      }
      await cp(join(project, 'package.json'), join(home, 'package.json'));
      for (const name of ['pg', 'zod', 'pino']) await symlink(join(project, 'node_modules', name), join(modules, name));
      // As an installation leaves it whose scripts were switched off: without the links between the libraries.
      for (const name of ['embedded-postgres', '@embedded-postgres']) {
        await cp(join(project, 'node_modules', name), join(modules, name), {
          recursive: true,
          filter: async (source) => !(await lstat(source)).isSymbolicLink(),
        });
      }
      try {
        const child = await startEmbeddedChild(dataDir, {
          script: join(home, 'test/support/servers/embedded-child.ts'),
        });
        await remember(urlOf(child));
        const exe = await readlink(`/proc/${await postmasterPid(dataDir)}/exe`);
        expect(exe.startsWith(join(dataDir, 'postgres/binaries-'))).toBe(true);
        await child.end('SIGTERM');
      } finally {
        await rm(home, { recursive: true, force: true });
      }
    });

    it('an ordinary user starts it with a folder of its own, closed to others', async () => {
      await chown(dataDir, 65_534, 65_534);
      await chmod(dataDir, 0o700);
      const child = await startEmbeddedChild(dataDir, { uid: 65_534, gid: 65_534 });
      await remember(urlOf(child));
      expect((await stat(join(dataDir, 'postgres/data'))).uid).toBe(65_534);
      await child.end('SIGTERM');
      expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    });

    it('an ordinary user cannot start the database of another one: one readable message', async () => {
      await (await start()).stop();
      await chown(dataDir, 65_533, 65_533);
      await chown(join(dataDir, 'postgres'), 65_533, 65_533);
      const child = await startEmbeddedChild(dataDir, { uid: 65_533, gid: 65_533 });
      expect(child.said).toMatchObject({ code: 'database_not_ours' });
    });
  },
);
