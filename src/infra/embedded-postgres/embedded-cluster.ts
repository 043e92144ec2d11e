// The files of the embedded database in DATA_DIR/postgres: folder, password, data, log. Everything is put in its place by
// one rename or link, so that a kill in between and two starts at once leave nothing half made.
import { randomBytes } from 'node:crypto';
import { chmod, chown, link, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../protocol/app-error.ts';
import { accountFor } from './embedded-account.ts';
import { type Binaries, findBinaries } from './embedded-binaries.ts';
import { type Account, runAs } from './embedded-command.ts';

export const USER = 'trialogue';

export interface Cluster {
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  readonly password: string;
}

const draftName = (): string => randomBytes(6).toString('hex');

const readPassword = async (folder: string, dataExists: boolean): Promise<string> => {
  const file = join(folder, 'password');
  const read = async () => (await readFile(file, 'utf8')).trim();
  try {
    return await read();
  } catch (cause) {
    if (dataExists) {
      throw new AppError(
        'database_start_failed',
        `The password of the database cannot be read from ${file}. Put the file back from a backup of DATA_DIR.`,
        { cause },
      );
    }
  }
  const draft = `${file}.${draftName()}`;
  const handle = await open(draft, 'wx', 0o600);
  await handle.writeFile(randomBytes(24).toString('hex'));
  await handle.sync();
  await handle.close();
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  return read();
};

const initialize = async (cluster: Cluster, signal: AbortSignal | undefined): Promise<void> => {
  const { folder, dataFolder, account, binaries, password } = cluster;
  const draft = `${dataFolder}.${draftName()}`;
  const passwordDraft = `${draft}.password`;
  await mkdir(draft, { mode: 0o700 });
  await writeFile(passwordDraft, password, { mode: 0o600 });
  if (account !== undefined && account.inNamespace === undefined) {
    await chown(draft, account.uid, account.gid);
    await chown(passwordDraft, account.uid, account.gid);
  }
  const { code, output } = await runAs(
    account,
    binaries.initdb,
    [
      ...['-D', draft, '-U', USER, `--pwfile=${passwordDraft}`, '--auth=scram-sha-256', '--encoding=UTF8'],
      // The same order and case rules on every machine, whatever locales it has.
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--text-search-config=simple'],
    ],
    { cwd: folder, ...(signal && { signal }) },
  );
  await rm(passwordDraft, { force: true });
  // Only one of two starts at once gets the place; a folder with files in it is never replaced.
  if (code === 0) await rename(draft, dataFolder).catch(() => {});
  await rm(draft, { recursive: true, force: true });
  if (code !== 0) {
    const reason = output.split('\n').find((line) => /error|FATAL/.test(line)) ?? output.split('\n').at(-1);
    throw new AppError('database_start_failed', `The embedded database could not be made in ${folder}: ${reason}`);
  }
};

const versionOf = (dataFolder: string): Promise<string | undefined> =>
  readFile(join(dataFolder, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );

/** Left by starts that were killed before their rename. */
const removeDrafts = async (folder: string): Promise<void> => {
  const drafts = (await readdir(folder)).filter((name) => /^(data|password)\.[0-9a-f]{12}/.test(name));
  for (const name of drafts) {
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > 600_000) await rm(join(folder, name), { recursive: true, force: true });
  }
};

/** Ready to be started: made if it is not there, of the right version, reachable and runnable by its account. */
export const prepareCluster = async (dataDir: string, signal?: AbortSignal): Promise<Cluster> => {
  const folder = join(dataDir, 'postgres');
  const dataFolder = join(folder, 'data');
  // What lies above DATA_DIR is made as usual; only what is ours is closed.
  await mkdir(dirname(dataDir), { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const owner = await stat(dataFolder).catch(() => undefined);
  const account = await accountFor(dataDir, folder, owner?.uid === 0 ? undefined : owner);
  const binaries = await findBinaries(folder, account);
  const version = await versionOf(dataFolder);
  if (version !== undefined && version !== binaries.major) {
    throw new AppError(
      'database_other_version',
      `The database in ${dataFolder} was made by PostgreSQL ${version}, this program brings PostgreSQL ${binaries.major}. Start the version of the program that made it and export with pg_dump, or choose an empty DATA_DIR.`,
    );
  }
  const password = await readPassword(folder, version !== undefined);
  const cluster = { folder, dataFolder, logFile: join(folder, 'server.log'), account, binaries, password };
  await removeDrafts(folder);
  if (version === undefined) await initialize(cluster, signal);
  else if (owner?.uid === 0 && account !== undefined && account.inNamespace === undefined)
    await give(dataFolder, account);
  return cluster;
};

/** Made while a closed folder above was in the way, which is open now. */
const give = async (dataFolder: string, account: Account): Promise<void> => {
  for (const entry of await readdir(dataFolder, { recursive: true, withFileTypes: true })) {
    await chown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  await chown(dataFolder, account.uid, account.gid);
  await chmod(dataFolder, 0o700);
};
