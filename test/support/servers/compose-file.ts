// docker-compose.yml and .env.example as Compose reads them, as far as these files use it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot } from '../../../processes/run-command.ts';

const serviceSchema = z.object({
  image: z.string(),
  build: z.string().optional(),
  pull_policy: z.string().optional(),
  restart: z.string().optional(),
  read_only: z.boolean().default(false),
  user: z.string().optional(),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
  logging: z.object({ driver: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  extra_hosts: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  networks: z
    .union([z.array(z.string()), z.record(z.string(), z.object({ ipv4_address: z.string() }))])
    .transform((networks) =>
      Array.isArray(networks) ? Object.fromEntries(networks.map((name) => [name, {}])) : networks,
    )
    .pipe(z.record(z.string(), z.object({ ipv4_address: z.string().optional() })))
    .default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.object({ test: z.array(z.string()).min(2), timeout: z.string() }).optional(),
  stop_grace_period: z.string().optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), z.unknown()),
  volumes: z.record(z.string(), z.null()),
});

export type ComposeService = z.infer<typeof serviceSchema>;

const textOf = (file: string): string => readFileSync(join(projectRoot, file), 'utf8');
const VARIABLE = /\$\{([A-Z_]+)(?:(:[-?])([^}]*))?\}/g;

export interface Variable {
  readonly name: string;
  /** `:?` must be set, `:-` may be; undefined: silently empty. */
  readonly operator: string | undefined;
  /** The message or the default. */
  readonly text: string;
}

/** Every place that takes a value from .env. */
export const composeVariables = (): Variable[] =>
  [...textOf('docker-compose.yml').matchAll(VARIABLE)].map(([, name = '', operator, text = '']) => ({
    name,
    operator,
    text,
  }));

/** With the values of a .env filled in. Throws, as Compose does, when one is missing that must be set. */
export const readCompose = (values: Readonly<Record<string, string>>): z.infer<typeof composeSchema> => {
  const filled = textOf('docker-compose.yml').replaceAll(VARIABLE, (_, name: string, operator?: string, text = '') => {
    if (values[name]) return values[name];
    if (operator === ':?') throw new Error(`required variable ${name} is missing a value: ${text}`);
    return text;
  });
  return composeSchema.parse(parse(filled, { merge: true }));
};

/** All names in a .env file, also those that are commented out, with their values. */
export const parseEnv = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^(?:# )?([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

export const envExample = (): string => textOf('.env.example');
