// `npm run cluster`: several nodes with everything they share as plain processes of this machine, to make things fail by hand.
// Nothing that has ended is started again by itself, but for PostgreSQL. Ctrl-C ends everything; what stays is the data folder.
import { mkdirSync } from 'node:fs';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { eventually } from '../processes/eventually.ts';
import { startEmbeddedPostgres } from '../src/infra/embedded-postgres/embedded.ts';
import { isServerLocked } from '../src/infra/postgres/server-lock.ts';
import { HELP, runClusterCommand } from './cluster-commands.ts';
import { allPorts, type ClusterOptions, parseClusterOptions, USAGE } from './cluster-options.ts';
import { type ClusterParts, createClusterParts } from './cluster-parts.ts';
import { findPrograms, takenPorts } from './cluster-programs.ts';

/** Nodes of a cluster whose tool was killed end by themselves within this time. */
const LEFTOVERS_END_MS = 15_000;

const closers: (() => Promise<unknown>)[] = [];
let ending = false;
const say = (text: string): void => console.log(text);

const pictureOf = ({ data, ports }: ClusterOptions, databaseUrl: string, parts: ClusterParts): string => {
  const folder = relative(process.cwd(), data) || '.';
  const pidOf = ({ state }: { state(): string }): string => `pid ${state().replace('running ', '')}`;
  const nodes = parts.nodes.map((node, index) => {
    const branch = index === parts.nodes.length - 1 ? '└' : '├';
    return `               ${branch}──► ${node.name}      ${parts.nodeUrls[index]}    ${pidOf(node)}`;
  });
  return `
  The cluster is ready.

  browsers ──► nginx             ${parts.url}    ${pidOf(parts.nginx)}
               │
${nodes.join('\n')}
                    │
                    ├──► Redis       port ${ports.redis}    ${pidOf(parts.redis)}
                    ├──► PostgreSQL  port ${new URL(databaseUrl).port}    ${folder}/postgres
                    └──► recordings  ${folder}/storage ◄── worker    http://127.0.0.1:${ports.worker}/healthz    ${pidOf(parts.worker)}

  Console         ${parts.url}/console
  Researcher key  ${parts.researcherKey}
  Logs            ${folder}/logs/*.log, requests in ${folder}/nginx/access.log

${HELP}
`;
};

const begin = async (options: ClusterOptions): Promise<ClusterParts> => {
  const programs = findPrograms();
  if ('missing' in programs) throw new Error(programs.missing);
  const taken = await takenPorts(allPorts(options.ports));
  if (taken.length > 0)
    throw new Error(`Somebody else uses port ${taken.join(', ')}. Choose others: --port ${options.ports.proxy + 100}`);

  mkdirSync(options.data, { recursive: true });
  say('starting PostgreSQL');
  const database = await startEmbeddedPostgres({
    dataDir: options.data,
    log: pino({ level: 'warn' }),
    isInUse: isServerLocked,
  });
  await eventually(
    'nobody uses the database',
    async () => !(await isServerLocked(database.url)),
    LEFTOVERS_END_MS,
  ).catch(() => {
    throw new Error(`Another cluster runs on ${options.data}. End it first, or choose another --data.`);
  });
  closers.push(() => database.stop());
  const parts = await createClusterParts({
    cluster: options,
    programs,
    databaseUrl: database.url,
    onEnd: (name, how) => {
      if (!ending) say(`${name} ${how}. It stays away until you type: start ${name.replace('node ', '')}`);
    },
  });
  closers.push(() => Promise.all(parts.all.map((part) => part.end())));
  say('starting Redis, the nodes, the worker and nginx');
  await parts.redis.start();
  // One after the other would be slower; the first to come applies the migrations, the others wait for it.
  await Promise.all([...parts.nodes, parts.worker].map((part) => part.start()));
  await parts.nginx.start();
  say(pictureOf(options, database.url, parts));
  return parts;
};

const close = async (): Promise<void> => {
  for (let last = closers.pop(); last; last = closers.pop()) await last();
};

let starting: Promise<ClusterParts | undefined> = Promise.resolve(undefined);
const quit = async (): Promise<void> => {
  if (ending) return;
  ending = true;
  say('ending everything');
  await starting.catch(() => {});
  await close();
  process.exit(0);
};

const listen = (parts: ClusterParts): void => {
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: process.stdin.isTTY });
  lines.setPrompt('cluster> ');
  lines.on('SIGINT', quit);
  // The end of a pipe is not the end of the cluster; Ctrl-D is.
  if (process.stdin.isTTY) lines.on('close', quit);
  // One after the other, in the order in which they were typed.
  let before: Promise<void> = Promise.resolve();
  const obey = async (line: string): Promise<void> => {
    if (ending) return;
    const answer = await runClusterCommand(line, parts).catch((error: Error) => error.message);
    if (ending) return;
    if (answer !== '') say(answer);
    if (process.stdin.isTTY) lines.prompt();
  };
  lines.on('line', (line) => {
    // Not after what takes long.
    if (/^\s*(quit|exit)\s*$/i.test(line)) return quit();
    before = before.then(() => obey(line));
  });
  if (process.stdin.isTTY) lines.prompt();
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit);
try {
  const options = await parseClusterOptions(process.argv.slice(2));
  if (options === 'help') {
    say(USAGE);
  } else {
    const begun = begin(options);
    starting = begun;
    listen(await begun);
  }
} catch (error) {
  if (!ending) {
    ending = true;
    console.error(error instanceof Error ? error.message : error);
    await close();
    process.exit(1);
  }
}
