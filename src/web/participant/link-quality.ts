// How well the voice of another participant arrives here, in the few steps that a person can act on.
import type { LinkState } from '../../client/index.ts';
import type { ParticipantView } from '../../protocol/room-view.ts';

export type LinkQuality = 'good' | 'fair' | 'poor' | 'none';
export type LinkKind = 'connected' | 'connecting' | 'weak' | 'failed' | 'waiting';

const FAIR_RTT_MS = 250;
const POOR_RTT_MS = 600;

export const linkKindOf = (link: LinkState | undefined, other: ParticipantView): LinkKind => {
  if (!other.connected) return 'waiting';
  switch (link?.state) {
    case 'connected':
      return 'connected';
    case 'disconnected':
      return 'weak';
    case 'failed':
    case 'closed':
      return 'failed';
    default:
      return 'connecting';
  }
};

export const linkQualityOf = (link: LinkState | undefined, other: ParticipantView): LinkQuality => {
  if (linkKindOf(link, other) !== 'connected' || link === undefined) return 'none';
  // Silence is expected of somebody whose microphone is off.
  if (link.audible === false && other.micOn && !other.muted) return 'poor';
  if (link.rttMs === null || link.rttMs < FAIR_RTT_MS) return 'good';
  return link.rttMs < POOR_RTT_MS ? 'fair' : 'poor';
};
