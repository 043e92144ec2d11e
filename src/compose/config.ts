// Reads the settings: the only file that sees process.env. Either a frozen Config or ONE error that lists every problem.
import { resolve } from 'node:path';
import { z } from 'zod';
import { databaseUrlProblem } from '../infra/postgres/database-url.ts';
import { parseRedisAddress } from '../infra/redis/connection/redis-address.ts';
import { AppError } from '../protocol/app-error.ts';

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const list = z.string().transform(listOf);
const withoutLastSlashes = (url: string): string => (url.endsWith('/') ? withoutLastSlashes(url.slice(0, -1)) : url);

const httpUrl = z.url({ protocol: /^https?$/ });
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port: a number from 0 to 65535')
  .transform(Number)
  .refine((value) => value <= 65_535, 'must be a port: a number from 0 to 65535');
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');
const urlWith = (...schemes: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol),
      `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    );
const urlsWith = (...schemes: string[]) =>
  list.refine(
    (urls) => urls.every((url) => schemes.some((scheme) => url.startsWith(`${scheme}:`))),
    `must be a comma-separated list of URLs that begin with ${schemes.join(': or ')}:`,
  );

const isRedisAddress = (text: string): boolean => {
  try {
    parseRedisAddress(text);
    return true;
  } catch {
    return false;
  }
};

const settingsSchema = z.object({
  PORT: port.default(3_000),
  HOST: z.string().min(1).default('127.0.0.1'),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: urlWith('postgres:', 'postgresql:')
    .superRefine((text, context) => {
      const problem = databaseUrlProblem(text);
      if (problem !== undefined) context.addIssue(problem);
    })
    .optional(),
  RESEARCHER_KEY: z.string().min(16, 'must have 16 characters or more').max(500).optional(),
  AUTH_SECRET: z.string().min(32, 'must have 32 characters or more').max(500).optional(),
  PUBLIC_URL: httpUrl
    .refine((text) => {
      // What is no URL at all is said already.
      if (!URL.canParse(text)) return true;
      const { pathname, search, hash } = new URL(text);
      return /^\/*$/.test(pathname) && search === '' && hash === '';
    }, 'must end with the host (and port): pages, API and sockets lie at the root, so give the server a host name or a port of its own')
    .optional(),
  CORS_ORIGINS: list
    .refine(
      (origins) =>
        origins.every((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin)),
      'must be a comma-separated list of origins such as https://study.example.org',
    )
    .default([]),
  TRUST_PROXY: flag.default(false),
  OPENAI_API_KEY: z.string().min(1).optional(),
  OPENAI_BASE_URL: httpUrl.optional(),
  STT_MODEL: z.string().min(1).default('whisper-1'),
  STT_BASE_URL: httpUrl.optional(),
  STT_API_KEY: z.string().min(1).optional(),
  ANALYSIS_MODEL: z.string().min(1).default('gpt-4o'),
  STORAGE_URL: urlWith('file:').optional(),
  TURN_URLS: urlsWith('turn', 'turns').default([]),
  TURN_SECRET: z.string().min(1).optional(),
  STUN_URLS: urlsWith('stun', 'stuns').default([]),
  ROLE: z.enum(['all', 'server', 'worker']).default('all'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  WORKER_PORT: port.optional(),
  REDIS_URL: z
    .string()
    .refine(isRedisAddress, 'must be redis://host:port, or redis+cluster://a:port,b:port for a Redis Cluster')
    .optional(),
  WHISPER_MODEL_PATH: z.undefined({
    error: 'the embedded Whisper is not part of this version: set OPENAI_API_KEY or STT_BASE_URL',
  }),
});

/** Settings that need another one. Looked at apart from the schema, which would stop at the first wrong value. */
const NEEDS: readonly { readonly having: string; readonly needs: string; readonly because: string }[] = [
  { having: 'REDIS_URL', needs: 'AUTH_SECRET', because: 'all nodes must sign and know the same tokens' },
  {
    having: 'REDIS_URL',
    needs: 'STORAGE_URL',
    because: 'a recording may come in by any node: a folder that all share',
  },
  { having: 'TURN_URLS', needs: 'TURN_SECRET', because: 'the secret that the TURN server shares' },
  { having: 'OPENAI_BASE_URL', needs: 'OPENAI_API_KEY', because: 'any text if the service asks for none' },
  { having: 'STT_BASE_URL', needs: 'STT_API_KEY', because: 'any text if the service asks for none' },
];

export const SETTING_NAMES = Object.keys(settingsSchema.shape);

export interface OpenAiEndpoint {
  readonly apiKey: string;
  /** Undefined: OpenAI itself. */
  readonly baseUrl?: string;
  readonly model: string;
}

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Undefined: the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined;
  /** Undefined: this server is alone. */
  readonly redisUrl: string | undefined;
  /** Undefined: generated once into dataDir, or made from the secret that the nodes share. */
  readonly researcherKey: string | undefined;
  /** Undefined: generated once into dataDir. */
  readonly authSecret: string | undefined;
  /** Undefined: http://localhost:PORT. No slash at the end. */
  readonly publicUrl: string | undefined;
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  /** Undefined: transcription is not configured. */
  readonly speech: OpenAiEndpoint | undefined;
  /** Undefined: analysis is not configured. */
  readonly analysis: OpenAiEndpoint | undefined;
  /** Absolute folder of the recordings. */
  readonly storageDir: string;
  readonly turnUrls: readonly string[];
  readonly turnSecret: string | undefined;
  readonly stunUrls: readonly string[];
  readonly role: 'all' | 'server' | 'worker';
  readonly logLevel: string;
  /** For the worker child process. */
  readonly inheritedEnv: Readonly<Record<string, string | undefined>>;
  /** Where the worker answers /healthz and /metrics; undefined: nowhere. */
  readonly workerPort: number | undefined;
}

const endpointOf = (
  apiKey: string | undefined,
  baseUrl: string | undefined,
  model: string,
): OpenAiEndpoint | undefined =>
  apiKey === undefined ? undefined : { apiKey, model, ...(baseUrl === undefined ? {} : { baseUrl }) };

/** @throws AppError `wrong_settings` whose message lists every problem, one line each */
export const parseConfig = (env: Readonly<Record<string, string | undefined>>): Config => {
  // An empty setting is an unset one: compose files and shells cannot say it otherwise.
  const given = Object.fromEntries(SETTING_NAMES.map((name) => [name, env[name] === '' ? undefined : env[name]]));
  const parsed = settingsSchema.safeParse(given);
  const lines = NEEDS.filter(({ having, needs }) => given[having] && !given[needs]).map(
    ({ having, needs, because }) => `  ${needs}: is needed with ${having}: ${because}`,
  );
  if (given.ROLE === 'worker' && !given.DATABASE_URL)
    lines.push('  DATABASE_URL: is needed with ROLE=worker: the database of the server');
  if (!parsed.success)
    lines.unshift(...parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`));
  if (!parsed.success || lines.length > 0) {
    throw new AppError(
      'wrong_settings',
      `These settings are wrong; correct them and start again:\n${lines.join('\n')}`,
    );
  }
  const settings = parsed.data;
  const dataDir = resolve(settings.DATA_DIR);
  return Object.freeze({
    port: settings.PORT,
    host: settings.HOST,
    dataDir,
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    researcherKey: settings.RESEARCHER_KEY,
    authSecret: settings.AUTH_SECRET,
    publicUrl: settings.PUBLIC_URL && withoutLastSlashes(settings.PUBLIC_URL),
    corsOrigins: settings.CORS_ORIGINS,
    trustProxy: settings.TRUST_PROXY,
    speech: endpointOf(
      settings.STT_API_KEY ?? settings.OPENAI_API_KEY,
      settings.STT_BASE_URL ?? settings.OPENAI_BASE_URL,
      settings.STT_MODEL,
    ),
    analysis: endpointOf(settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.ANALYSIS_MODEL),
    storageDir: settings.STORAGE_URL
      ? resolve(decodeURIComponent(new URL(settings.STORAGE_URL).pathname))
      : resolve(dataDir, 'storage'),
    turnUrls: settings.TURN_URLS,
    turnSecret: settings.TURN_SECRET,
    stunUrls: settings.STUN_URLS,
    role: settings.ROLE,
    logLevel: settings.LOG_LEVEL,
    workerPort: settings.WORKER_PORT,
    inheritedEnv: env,
  });
};
