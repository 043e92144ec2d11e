// Which account runs the embedded PostgreSQL when the server runs as root, and whether that account gets to its folder.
// It opens DATA_DIR for passing through (never for reading) and nothing above it: those folders are not ours.
import { chmod, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../protocol/app-error.ts';
import { type Account, runAs } from './embedded-command.ts';

const OTHERS_PASS = 0o001;

const accounts = async (): Promise<Account[]> => {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name === undefined || !uid || !gid || Number(uid) === 0
      ? []
      : [{ name, uid: Number(uid), gid: Number(gid) }];
  });
};

const canPass = async (account: Account, folder: string): Promise<boolean> =>
  (await runAs(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { cwd: '/' })).code === 0;

const firstClosed = async (folder: string): Promise<string> => {
  const path: string[] = [];
  for (let current = folder; current !== dirname(current); current = dirname(current)) path.unshift(current);
  for (const step of path) if (((await stat(step)).mode & OTHERS_PASS) === 0) return step;
  return folder;
};

/** Without a name in the system's list, as in many containers. */
const namelessOf = ({ uid, gid }: Owner): Account => ({ name: String(uid), uid, gid });

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * `undefined`: this process is not root, its own user runs PostgreSQL.
 * `folder` lies in `dataDir`; `owner` owns the database files, if there are any and it is not root.
 */
export const accountFor = async (
  dataDir: string,
  folder: string,
  owner: Owner | undefined,
): Promise<Account | undefined> => {
  const own = process.getuid?.() ?? 0;
  if (own !== 0) {
    if (owner === undefined || owner.uid === own) return undefined;
    throw new AppError(
      'database_not_ours',
      `The database in ${folder} belongs to the user with id ${owner.uid}, this process is ${own}. Start as that user (or as root), or choose another DATA_DIR.`,
    );
  }
  const known = await accounts();
  const account =
    owner === undefined
      ? (known.find(({ name }) => name === 'postgres') ?? known.find(({ name }) => name === 'nobody'))
      : (known.find(({ uid }) => uid === owner.uid) ?? namelessOf(owner));
  if (account === undefined) {
    throw new AppError(
      'database_start_failed',
      'PostgreSQL does not run as root, and there is no user "postgres" or "nobody" to run it. Start as an ordinary user, or set DATABASE_URL.',
    );
  }
  if (await canPass(account, folder)) return account;
  for (const step of [dataDir, folder]) {
    const { mode } = await stat(step);
    if ((mode & OTHERS_PASS) === 0) await chmod(step, (mode & 0o7777) | OTHERS_PASS);
  }
  if (await canPass(account, folder)) return account;
  const inNamespace: Account = { ...account, inNamespace: true };
  if (process.platform === 'linux' && (await canPass(inNamespace, folder))) return inNamespace;
  const closed = await firstClosed(folder);
  throw new AppError(
    'database_unreachable_folder',
    `PostgreSQL does not run as root, and the user "${account.name}" cannot pass through ${closed} to its files. Run "chmod o+x ${closed}", choose a DATA_DIR elsewhere, or start as an ordinary user.`,
  );
};
