// Reads REDIS_URL. One server: `redis://[user:password@]host[:port][/db]`. A Redis Cluster: `redis+cluster://a:1,b:2`, or
// any list with a comma, for only a cluster has more than one door. `rediss` instead of `redis` speaks TLS.
export interface RedisAddress {
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly cluster: boolean;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
}

const FORM = /^(rediss?)(\+cluster)?:\/\/(?:([^@]*)@)?([^@/]+)(?:\/(\d*))?$/;
const DEFAULT_PORT = 6379;

const serverOf = (place: string): RedisAddress['servers'][number] => {
  // The URL parser knows IPv6 brackets and refuses ports out of range; only its schemes with a host are of use here.
  const { hostname, port } = new URL(`tcp://${place}`);
  if (hostname === '') throw new TypeError(`no host in "${place}"`);
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? DEFAULT_PORT : Number(port) };
};

/** Throws a TypeError that says what is wrong and repeats no password. */
export const parseRedisAddress = (url: string): RedisAddress => {
  const [, scheme, cluster, account, places, db] = FORM.exec(url) ?? [];
  if (places === undefined) throw new TypeError('expected redis://host:port, or redis+cluster://a:port,b:port');
  const servers = places.split(',').map(serverOf);
  const isCluster = cluster !== undefined || servers.length > 1;
  if (isCluster && db !== undefined && Number(db) !== 0) throw new TypeError('a Redis Cluster has database 0 only');
  const [username = '', ...rest] = (account ?? '').split(':');
  const password = rest.join(':');
  return {
    servers,
    cluster: isCluster,
    tls: scheme === 'rediss',
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(!isCluster && db && { db: Number(db) }),
  };
};
