// The seats as a picture: who is here, and a line per pair for who hears whom. Its text alternative says the same in words.

import type { LinkState } from '../../client/index.ts';
import type { ParticipantView, RoomView } from '../../protocol/room-view.ts';
import { isolated, nameOf } from '../../protocol/typed-text.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { seatColorOf } from '../ui/theme.ts';
import { type LinkKind, linkKindOf } from './link-quality.ts';

const WIDTH = 340;
const HEIGHT = 300;
const RADIUS = 98;
const SEAT = 36;

interface Place {
  readonly seat: number;
  readonly x: number;
  readonly y: number;
  readonly who: ParticipantView | undefined;
}

type PairKind = LinkKind | 'others';
const LINES: Record<PairKind, { readonly color: string; readonly dash?: string; readonly width: number }> = {
  connected: { color: '#0ca678', width: 5 },
  others: { color: '#98a2b3', width: 3 },
  connecting: { color: '#e8890c', dash: '8 7', width: 4 },
  weak: { color: '#e8890c', width: 4 },
  failed: { color: '#c92a2a', dash: '2 8', width: 5 },
  waiting: { color: '#ced4da', dash: '2 9', width: 3 },
};

export const lineColorOf = (kind: LinkKind): string => LINES[kind].color;

/** First letters that tell people apart at a glance; whole code points, so that Korean and emoji survive. */
export const initialOf = (nickname: string): string => [...nameOf(nickname).trim()][0]?.toUpperCase() ?? '?';
const shortened = (name: string): string => {
  const letters = [...name];
  return letters.length > 11 ? `${letters.slice(0, 10).join('')}…` : name;
};

interface MeshPictureProps {
  readonly room: RoomView;
  readonly links: Readonly<Record<string, LinkState>>;
}

export const MeshPicture = ({ room, links }: MeshPictureProps) => {
  const texts = useTexts();
  const size = room.settings.roomSize;
  const places: Place[] = Array.from({ length: size }, (_, seat) => {
    const angle = -Math.PI / 2 + (2 * Math.PI * seat) / size;
    return {
      seat,
      x: WIDTH / 2 + RADIUS * 1.12 * Math.cos(angle),
      y: HEIGHT / 2 + 26 + RADIUS * Math.sin(angle),
      who: room.participants.find((one) => one.seat === seat),
    };
  });

  const kindOf = (a: Place, b: Place): PairKind => {
    if (!a.who?.connected || !b.who?.connected) return 'waiting';
    if (a.who.id === room.self) return linkKindOf(links[b.who.id], b.who);
    if (b.who.id === room.self) return linkKindOf(links[a.who.id], a.who);
    return 'others';
  };
  const pairs = places.flatMap((a, at) => places.slice(at + 1).map((b) => ({ a, b, kind: kindOf(a, b) })));
  const labelOf = ({ who }: Place) =>
    who === undefined ? texts.waiting.emptySeat : who.id === room.self ? texts.common.you : who.nickname;
  const inWords = pairs
    .map(({ a, b, kind }) => texts.link.pair(isolated(labelOf(a)), isolated(labelOf(b)), texts.link[kind]))
    .join('. ');

  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="mesh"
      role="img"
      aria-label={`${texts.waiting.picture}. ${inWords}`}
      data-testid="mesh"
    >
      {pairs.map(({ a, b, kind }) => (
        <line
          key={`${a.seat}-${b.seat}`}
          x1={a.x}
          y1={a.y}
          x2={b.x}
          y2={b.y}
          stroke={LINES[kind].color}
          strokeWidth={LINES[kind].width}
          strokeDasharray={LINES[kind].dash}
          strokeLinecap="round"
          data-kind={kind}
        />
      ))}
      {places.map((place) => (
        <Seat
          key={place.seat}
          place={place}
          isSelf={place.who?.id === room.self}
          name={isolated(shortened(labelOf(place)))}
        />
      ))}
    </svg>
  );
};

const Seat = ({ place: { seat, x, y, who }, isSelf, name }: { place: Place; isSelf: boolean; name: string }) => {
  const color = seatColorOf(seat);
  const isHere = who?.connected === true;
  // Names stand outside the picture's middle, so that no line runs through them.
  const nameY = y < HEIGHT / 2 ? y - SEAT - 12 : y + SEAT + 22;
  return (
    <g>
      {who?.speaking && <circle cx={x} cy={y} r={SEAT + 6} className="mesh-speaking" stroke={color.strong} />}
      <circle
        cx={x}
        cy={y}
        r={SEAT}
        fill={isHere ? color.strong : '#ffffff'}
        stroke={isHere ? '#ffffff' : '#98a2b3'}
        strokeWidth={3}
        strokeDasharray={isHere ? undefined : '5 6'}
      />
      <text x={x} y={y + 10} textAnchor="middle" className="mesh-initial" fill={isHere ? '#ffffff' : '#545c66'}>
        {who === undefined ? '' : initialOf(who.nickname)}
      </text>
      <text x={x} y={nameY} textAnchor="middle" className="mesh-name" fontWeight={isSelf ? 700 : 500}>
        {name}
      </text>
    </g>
  );
};
