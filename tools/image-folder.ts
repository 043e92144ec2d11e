// Does what a container engine does with our Dockerfile, in folders: each stage is a folder that stands for its file system.
// Nothing of this project's node_modules can be found from there. What only a real image can do (its users, its system's
// packages) is skipped and named.
import { execFile } from 'node:child_process';
import { chmodSync, constants, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../processes/run-command.ts';
import { listContext } from './docker-context.ts';
import { type Instruction, parseDockerfile, parseExecForm, type Stage } from './dockerfile.ts';

const run = promisify(execFile);

const NEEDS_AN_IMAGE = /^(apt-get|useradd|groupadd|chown|install -d -o)\b/;
/** How this machine reaches the package registry, and what it already has of it. */
const OF_THIS_MACHINE =
  /^(home|https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_file|npm_config_(registry|cache|cafile|proxy|https_proxy))$/i;

export interface ImageFolder {
  /** Stands for the WORKDIR of the image. */
  readonly folder: string;
  /** PATH and what ENV says. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  /** RUN lines that were not run. */
  readonly skipped: readonly string[];
}

interface Built {
  readonly root: string;
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

const inherited = (): Record<string, string> => {
  const pairs = Object.entries(process.env).filter(([name]) => OF_THIS_MACHINE.test(name));
  return { ...Object.fromEntries(pairs.map(([name, value = '']) => [name, value])), npm_config_prefer_offline: 'true' };
};

/** This machine's programs, and of this project only the Node on which it runs. */
const pathWithNode = (folder: string): string => {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  copyFileSync(process.execPath, join(bin, 'node'), constants.COPYFILE_FICLONE);
  const others = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'));
  return [bin, ...others].join(delimiter);
};

const copyFromContext = (source: string, target: string, files: readonly string[]): void => {
  const below = files
    .filter((file) => file.startsWith(`${source}/`))
    .map((file) => [file, file.slice(source.length + 1)]);
  const found = files.includes(source) ? [[source, '']] : below;
  if (found.length === 0) throw new Error(`COPY: the context has no "${source}"`);
  for (const [file = '', name = ''] of found) {
    const path = join(target, name);
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(join(projectRoot, file), path);
  }
};

/** Node looks for packages in all folders above, too. */
const assertNoPackagesAbove = (folder: string): void => {
  const packages = join(folder, 'node_modules');
  if (existsSync(packages)) throw new Error(`the image could use ${packages}: choose another place (TMPDIR)`);
  if (dirname(folder) !== folder) assertNoPackagesAbove(dirname(folder));
};

/** Builds below `folder`, which must be empty; the last stage is the image. */
export const buildImageFolder = async (folder: string): Promise<ImageFolder> => {
  assertNoPackagesAbove(folder);
  // Programs that run as another user must get through.
  chmodSync(folder, 0o755);
  const stages = parseDockerfile(readFileSync(join(projectRoot, 'Dockerfile'), 'utf8'));
  const files = listContext(projectRoot);
  const path = pathWithNode(folder);
  const built = new Map<string, Built>();
  const skipped: string[] = [];
  let [user, command, healthCheck]: [string, string[], string[]] = ['root', [], []];

  const copy = ({ flags, text }: Instruction, { root, workdir }: Built): void => {
    const words = text.split(/\s+/);
    const destination = words.pop() ?? '';
    for (const source of words) {
      const target = join(root, resolve(workdir, destination));
      const isInside = words.length > 1 || /(^|\/)\.?$/.test(destination);
      const isFile = flags.from === undefined && files.includes(source);
      const place = isInside && isFile ? join(target, basename(source)) : target;
      if (flags.from === undefined) {
        copyFromContext(source, place, files);
        continue;
      }
      const from = built.get(flags.from);
      if (from === undefined) throw new Error(`COPY --from=${flags.from}: there is no such stage before this one`);
      cpSync(join(from.root, resolve(from.workdir, source)), place, { recursive: true, verbatimSymlinks: true });
    }
  };

  const runStep = async (text: string, { root, workdir, env }: Built): Promise<void> => {
    if (NEEDS_AN_IMAGE.test(text)) {
      skipped.push(text);
      return;
    }
    try {
      await run('sh', ['-c', text], {
        cwd: join(root, workdir),
        env: { ...inherited(), ...env, PATH: path },
        maxBuffer: 64 * 1024 ** 2,
      });
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
      throw new Error(`RUN ${text} failed:\n${stdout}${stderr}`, { cause: error });
    }
  };

  const buildStage = async (stage: Stage): Promise<Built> => {
    const [, major] = /^node:(\d+)\b/.exec(stage.base) ?? [];
    if (major !== process.versions.node.split('.')[0])
      throw new Error(
        `FROM ${stage.base}: the steps can only be run on the Node that is here, ${process.versions.node}`,
      );
    let state: Built = { root: join(folder, stage.name), workdir: '/', env: {} };
    for (const instruction of stage.instructions) {
      const { name, text } = instruction;
      if (name === 'WORKDIR') {
        state = { ...state, workdir: resolve(state.workdir, text) };
        mkdirSync(join(state.root, state.workdir), { recursive: true });
      } else if (name === 'ENV') {
        const pairs = text.split(/\s+/).map((pair) => pair.split('='));
        state = { ...state, env: { ...state.env, ...Object.fromEntries(pairs) } };
      } else if (name === 'COPY') copy(instruction, state);
      else if (name === 'RUN') await runStep(text, state);
      else if (name === 'USER') user = text;
      else if (name === 'CMD') command = parseExecForm(text);
      else if (name === 'HEALTHCHECK') healthCheck = parseExecForm(text.replace(/^CMD\s+/, ''));
    }
    return state;
  };

  for (const stage of stages) built.set(stage.name, await buildStage(stage));
  const image = built.get(stages.at(-1)?.name ?? '');
  if (image === undefined) throw new Error('the Dockerfile has no stage');
  return {
    folder: join(image.root, image.workdir),
    env: { ...image.env, PATH: path },
    user,
    command,
    healthCheck,
    skipped,
  };
};
