// Groups addresses that one guesser can use: whoever has one IPv6 address has all addresses of its network.
import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** The smallest network that is given to anybody: 64 bits. */
const NETWORK_GROUPS = 4;
/** Of whoever rents a server or a tunnel: 48 bits, which are 65,536 of the smallest. */
const SITE_GROUPS = 3;

const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));

const frontOf = (address: string, groups: number): string => {
  if (!isIPv6(address)) return address;
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  // The URL writes one address in one way only.
  const [withoutZone = ''] = address.split('%', 1);
  const { hostname } = new URL(`http://[${withoutZone}]`);
  const [front = [], back = []] = hostname.slice(1, -1).split('::').map(groupsOf);
  const zeros = Array.from({ length: GROUPS - front.length - back.length }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, groups).join(':')}::/${groups * 16}`;
};

/** The /64 of an IPv6 address; anything else as it is. */
export const networkOf = (address: string): string => frontOf(address, NETWORK_GROUPS);

/** The /48 of an IPv6 address; anything else as it is. */
export const siteOf = (address: string): string => frontOf(address, SITE_GROUPS);
