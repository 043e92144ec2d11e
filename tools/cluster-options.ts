// The options of `npm run cluster`, and the ports that follow from them.
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../processes/free-port.ts';
import { projectRoot } from '../processes/run-command.ts';

export const USAGE = `npm run cluster -- [options]
  --nodes 3           server nodes
  --port 8080         of the proxy; the nodes, the worker and Redis get the ports that follow; 0: any free ports
  --data FOLDER       default .data/cluster: database, recordings, keys, logs
Settings of the environment (OPENAI_API_KEY, LOG_LEVEL, ...) reach every node.`;

const MAX_NODES = 9;
const MAX_PORT = 65_535;

export interface ClusterPorts {
  readonly proxy: number;
  readonly nodes: readonly number[];
  readonly worker: number;
  readonly redis: number;
}

export interface ClusterOptions {
  /** Absolute. */
  readonly data: string;
  readonly ports: ClusterPorts;
}

const numberIn = (text: string, name: string, from: number, to: number): number => {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new Error(`--${name} ${text}: expected a number from ${from} to ${to}.\n\n${USAGE}`);
};

export const allPorts = ({ proxy, nodes, worker, redis }: ClusterPorts): number[] => [proxy, ...nodes, worker, redis];

/** Throws an Error whose message is for whoever typed them. */
export const parseClusterOptions = async (args: readonly string[]): Promise<ClusterOptions | 'help'> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '3' },
      port: { type: 'string', default: '8080' },
      data: { type: 'string', default: join(projectRoot, '.data/cluster') },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const count = numberIn(values.nodes, 'nodes', 1, MAX_NODES);
  const first = numberIn(values.port, 'port', 0, MAX_PORT - MAX_NODES - 2);
  const ports: number[] = [];
  for (let index = 0; index < count + 3; index += 1) ports.push(first === 0 ? await freePort() : first + index);
  const [proxy = 0, ...rest] = ports;
  const [worker = 0, redis = 0] = rest.slice(count);
  return { data: resolve(values.data), ports: { proxy, nodes: rest.slice(0, count), worker, redis } };
};
