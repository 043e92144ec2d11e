// The people in the debate: who speaks, who is muted, who is missing and how long they are waited for, how well they arrive.

import { ActionIcon, Badge, Group, Menu, Text } from '@mantine/core';
import {
  IconAntennaBars1,
  IconAntennaBars3,
  IconAntennaBars5,
  IconAntennaBarsOff,
  IconCrown,
  IconDots,
  IconMicrophoneOff,
  IconUserX,
} from '@tabler/icons-react';
import { type CSSProperties, useState } from 'react';
import type { LinkState, RoomClient } from '../../client/index.ts';
import type { ParticipantView, RoomView } from '../../protocol/room-view.ts';
import { isolated } from '../../protocol/typed-text.ts';
import { useTexts } from '../i18n/i18n.tsx';
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx';
import { seatColorOf } from '../ui/theme.ts';
import { type LinkQuality, linkQualityOf } from './link-quality.ts';
import { initialOf } from './MeshPicture.tsx';
import { showRefusal } from './refusal.ts';
import { useRoomNow } from './use-room.ts';

interface ParticipantPanelProps {
  readonly client: RoomClient;
  readonly room: RoomView;
  readonly links: Readonly<Record<string, LinkState>>;
  readonly isHost: boolean;
}

export const ParticipantPanel = ({ client, room, links, isHost }: ParticipantPanelProps) => {
  const texts = useTexts();
  return (
    <section className="people" aria-label={texts.debate.participants}>
      <ul>
        {room.participants.map((one) => (
          <Person
            key={one.id}
            client={client}
            one={one}
            isSelf={one.id === room.self}
            mayManage={isHost && one.id !== room.self}
            link={links[one.id]}
          />
        ))}
      </ul>
    </section>
  );
};

interface PersonProps {
  readonly client: RoomClient;
  readonly one: ParticipantView;
  readonly isSelf: boolean;
  readonly mayManage: boolean;
  readonly link: LinkState | undefined;
}

const Person = ({ client, one, isSelf, mayManage, link }: PersonProps) => {
  const texts = useTexts();
  const color = seatColorOf(one.seat);
  const isWaitedFor = !one.connected && one.graceUntil !== undefined;
  const now = useRoomNow(client, 500, isWaitedFor);
  const secondsLeft = Math.max(0, Math.ceil(((one.graceUntil ?? now) - now) / 1_000));
  const isSilenced = one.muted || !one.micOn;
  const isSpeaking = one.connected && !isSilenced && (one.speaking || link?.sounding === true);

  const status = !one.connected
    ? isWaitedFor
      ? texts.debate.waitedFor(secondsLeft)
      : texts.debate.left
    : one.muted
      ? texts.debate.muted
      : !one.micOn
        ? texts.debate.micOff
        : isSpeaking
          ? texts.debate.speaking
          : texts.debate.silent;

  return (
    <li
      className="person"
      data-speaking={isSpeaking}
      data-away={!one.connected}
      data-testid={`participant-${one.seat}`}
      style={{ '--seat-strong': color.strong, '--seat-soft': color.soft } as CSSProperties}
    >
      <span className="avatar" aria-hidden translate="no">
        <span>{initialOf(one.nickname)}</span>
        {one.connected && isSilenced && (
          <span className="avatar-mark">
            <IconMicrophoneOff size={14} />
          </span>
        )}
        {isWaitedFor && <span className="avatar-seconds">{secondsLeft}</span>}
      </span>
      <div className="person-words">
        <Group gap={6} wrap="nowrap" miw={0} className="person-name">
          <Text fw={600} truncate component="span" translate="no">
            {isolated(one.nickname)}
          </Text>
          {one.isHost && (
            <span className="host-mark" title={texts.common.host}>
              <IconCrown size={16} role="img" aria-label={texts.common.host} />
            </span>
          )}
          {isSelf && (
            <Badge size="sm" variant="default" tt="none" className="self-badge">
              {texts.common.you}
            </Badge>
          )}
        </Group>
        <Text
          size="sm"
          c={one.connected ? 'dimmed' : 'red.9'}
          className="person-status"
          data-testid={`status-${one.seat}`}
        >
          {status}
        </Text>
      </div>
      {!isSelf && one.connected && <Quality quality={linkQualityOf(link, one)} />}
      {mayManage && <PersonMenu client={client} one={one} />}
    </li>
  );
};

const ICONS: Record<LinkQuality, typeof IconAntennaBars5> = {
  good: IconAntennaBars5,
  fair: IconAntennaBars3,
  poor: IconAntennaBars1,
  none: IconAntennaBarsOff,
};

const Quality = ({ quality }: { quality: LinkQuality }) => {
  const texts = useTexts();
  const Icon = ICONS[quality];
  return (
    <span className="quality" data-quality={quality} title={texts.debate.quality[quality]}>
      <Icon size={24} role="img" aria-label={texts.debate.quality[quality]} />
    </span>
  );
};

const PersonMenu = ({ client, one }: { client: RoomClient; one: ParticipantView }) => {
  const texts = useTexts();
  const name = isolated(one.nickname);
  const [isRemoving, setRemoving] = useState(false);
  const mute = async () => {
    const result = await client.mute(one.id);
    if (!result.ok) showRefusal(result.error);
  };
  const remove = async () => {
    const result = await client.remove(one.id);
    setRemoving(false);
    if (!result.ok) showRefusal(result.error);
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon
            size={44}
            variant="subtle"
            color="gray"
            className="person-menu"
            aria-label={texts.debate.hostMenu(name)}
            data-testid={`menu-${one.seat}`}
          >
            <IconDots aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconMicrophoneOff size={18} aria-hidden />}
            disabled={one.muted || !one.connected}
            onClick={() => void mute()}
            data-testid={`mute-${one.seat}`}
          >
            {texts.debate.muteOther(name)}
          </Menu.Item>
          <Menu.Item
            c="red.9"
            leftSection={<IconUserX size={18} aria-hidden />}
            onClick={() => setRemoving(true)}
            data-testid={`remove-${one.seat}`}
          >
            {texts.debate.remove(name)}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        isOpen={isRemoving}
        title={texts.debate.removeTitle(name)}
        text={texts.debate.removeText}
        confirm={texts.debate.removeConfirm}
        onConfirm={remove}
        onClose={() => setRemoving(false)}
      />
    </>
  );
};
