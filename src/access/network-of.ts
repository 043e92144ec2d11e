// Which addresses are one guesser's: whoever has an IPv6 address has all those of its network.
import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** The smallest network that is given to anybody: 64 bits. */
const NETWORK_GROUPS = 4;

const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));

/** The /64 of an IPv6 address; anything else as it is. */
export const networkOf = (address: string): string => {
  if (!isIPv6(address)) return address;
  const ipv4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  // The URL writes one address in one way only.
  const [withoutZone = ''] = address.split('%', 1);
  const { hostname } = new URL(`http://[${withoutZone}]`);
  const [front = [], back = []] = hostname.slice(1, -1).split('::').map(groupsOf);
  const zeros = Array.from({ length: GROUPS - front.length - back.length }, () => '0');
  return `${[...front, ...zeros, ...back].slice(0, NETWORK_GROUPS).join(':')}::/64`;
};
