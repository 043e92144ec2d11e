// The processes of a cluster on this machine, with the settings that make them one: one database, one Redis, one folder of
// recordings, one secret. What a node of yours needs is here to be read.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Redis } from 'ioredis';
import { projectRoot } from '../processes/run-command.ts';
import { secretOf } from '../src/infra/process/secret-file.ts';
import type { ClusterOptions } from './cluster-options.ts';
import { type ClusterProcess, createClusterProcess, type ProcessPlan } from './cluster-process.ts';
import { nginxArguments, writeNginxFiles } from './nginx-files.ts';

const ENTRY = join(projectRoot, 'src/preflight.js');
const PROBE_MS = 2_000;

export interface ClusterParts {
  readonly url: string;
  readonly nodeUrls: readonly string[];
  readonly researcherKey: string;
  readonly logs: string;
  readonly redis: ClusterProcess;
  readonly nodes: readonly ClusterProcess[];
  readonly worker: ClusterProcess;
  readonly nginx: ClusterProcess;
  readonly all: readonly ClusterProcess[];
  /** Everything in Redis is lost at once. */
  flushRedis(): Promise<void>;
}

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
};

const askRedis = async (port: number, command: 'PING' | 'FLUSHALL'): Promise<void> => {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => null,
    commandTimeout: PROBE_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.call(command);
  } finally {
    client.disconnect();
  }
};

export const createClusterParts = async (options: {
  readonly cluster: ClusterOptions;
  readonly programs: { readonly redis: string; readonly nginx: string };
  readonly databaseUrl: string;
  readonly onEnd: (name: string, how: string) => void;
}): Promise<ClusterParts> => {
  const { programs, onEnd } = options;
  const { data, ports } = options.cluster;
  const logs = join(data, 'logs');
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const url = `http://localhost:${ports.proxy}`;
  const researcherKey = process.env.RESEARCHER_KEY ?? (await secretOf(data, 'researcher-key')).secret;
  const shared = {
    HOST: '127.0.0.1',
    DATABASE_URL: options.databaseUrl,
    REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
    STORAGE_URL: pathToFileURL(join(data, 'storage')).href,
    AUTH_SECRET: process.env.AUTH_SECRET ?? (await secretOf(data, 'auth-secret')).secret,
    RESEARCHER_KEY: researcherKey,
    PUBLIC_URL: url,
    TRUST_PROXY: 'true',
  };

  const create = (plan: Omit<ProcessPlan, 'folder' | 'logFile'>): ClusterProcess => {
    const fileName = plan.name.replace(' ', '-');
    const place = { folder: join(data, fileName), logFile: join(logs, `${fileName}.log`) };
    return createClusterProcess({ ...plan, ...place }, (how) => onEnd(plan.name, how));
  };
  const ours = { program: process.execPath, args: [ENTRY], channel: true };

  const redis = create({
    name: 'redis',
    program: programs.redis,
    args: [
      ...['--port', String(ports.redis), '--bind', '127.0.0.1'],
      // Nothing is kept: a restart is the worst that can happen to it.
      ...['--save', '', '--appendonly', 'no'],
    ],
    isReady: () =>
      askRedis(ports.redis, 'PING').then(
        () => true,
        () => false,
      ),
  });
  const nodes = ports.nodes.map((port, index) => {
    const name = `node ${index + 1}`;
    const DATA_DIR = join(data, `node-${index + 1}`);
    return create({
      ...ours,
      name,
      env: { ...shared, ROLE: 'server', PORT: String(port), DATA_DIR },
      isReady: () => answers(`http://127.0.0.1:${port}/readyz`),
    });
  });
  const worker = create({
    ...ours,
    name: 'worker',
    env: { ...shared, ROLE: 'worker', WORKER_PORT: String(ports.worker), DATA_DIR: join(data, 'worker') },
    isReady: () => answers(`http://127.0.0.1:${ports.worker}/healthz`),
  });
  const nginxFolder = join(data, 'nginx');
  mkdirSync(nginxFolder, { recursive: true });
  writeNginxFiles(nginxFolder, { port: ports.proxy, nodes: ports.nodes });
  const nginx = create({
    name: 'nginx',
    program: programs.nginx,
    args: nginxArguments(nginxFolder),
    isReady: () => answers(`${url}/healthz`),
  });

  return {
    url,
    nodeUrls: ports.nodes.map((port) => `http://127.0.0.1:${port}`),
    researcherKey,
    logs,
    redis,
    nodes,
    worker,
    nginx,
    all: [redis, ...nodes, worker, nginx],
    flushRedis: () => askRedis(ports.redis, 'FLUSHALL'),
  };
};
