// The way into a room: what the code opens, name and consent, sound check, then the seat. A remembered seat is taken at once.
import { Button, Loader, Stack, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useCallback, useEffect, useState } from 'react';
import { createMicrophone, joinInfo, joinRoom } from '../../client/index.ts';
import type { IceServer, JoinInfo } from '../../protocol/join-answers.ts';
import { LanguageScope, useLanguage, useTexts } from '../i18n/i18n.tsx';
import { codeOf, failureText } from '../ui/failure.ts';
import { LanguageSwitch } from '../ui/LanguageSwitch.tsx';
import { Notice } from '../ui/Notice.tsx';
import { Shell } from '../ui/Shell.tsx';
import { EnvironmentGate } from './EnvironmentGate.tsx';
import { entryErrorsOf } from './entry-errors.ts';
import { type Entry, type EntryErrors, JoinForm } from './JoinForm.tsx';
import { readLinkId } from './link-id.ts';
import { MicCheck } from './MicCheck.tsx';
import { OverNotice, type OverReason, overReasonOf } from './OverNotice.tsx';
import { RoomPage } from './RoomPage.tsx';
import { readSeat, type SeatMemory, withoutToken, writeSeat } from './seat-memory.ts';

/** `?relay=1`, for support: the voices take no other way than the TURN server. */
const relayOnlyInAddress = (): boolean => new URLSearchParams(window.location.search).get('relay') === '1';

export const ParticipantApp = ({ code }: { code: string }) => {
  // Each id is a person of its own, also in one browser.
  const [{ externalId, unusableId }] = useState(readLinkId);
  const [seat, setSeat] = useState<SeatMemory>(() => readSeat(code, externalId));
  const [relayOnly] = useState(relayOnlyInAddress);
  const [iceServers, setIceServers] = useState<readonly IceServer[]>();
  const [microphone] = useState(createMicrophone);
  const { language } = useLanguage();

  const remember = useCallback(
    (next: SeatMemory) => {
      writeSeat(code, next, externalId);
      setSeat(next);
    },
    [code, externalId],
  );
  useEffect(() => () => microphone.close(), [microphone]);

  if (seat.token !== undefined) {
    return (
      <LanguageScope language={seat.language ?? language}>
        <EnvironmentGate>
          <RoomPage
            token={seat.token}
            microphone={microphone}
            listensOnly={seat.listensOnly === true}
            relayOnly={relayOnly}
            {...(seat.deviceId === undefined ? {} : { deviceId: seat.deviceId })}
            {...(iceServers === undefined ? {} : { iceServers })}
            onUnauthorized={() => remember(withoutToken(seat))}
          />
        </EnvironmentGate>
      </LanguageScope>
    );
  }
  return (
    <EnvironmentGate>
      <Entrance
        code={code}
        seat={seat}
        microphone={microphone}
        idInLink={externalId ?? unusableId}
        onSeated={(next, servers) => {
          setIceServers(servers);
          remember(next);
        }}
        onRemember={remember}
      />
    </EnvironmentGate>
  );
};

interface EntranceProps {
  readonly code: string;
  /** As it goes to the server, which tells the researcher of one that it cannot use. */
  readonly idInLink: string | undefined;
  readonly seat: SeatMemory;
  readonly microphone: ReturnType<typeof createMicrophone>;
  readonly onSeated: (seat: SeatMemory, iceServers: readonly IceServer[]) => void;
  readonly onRemember: (seat: SeatMemory) => void;
}

const NO_ERRORS: EntryErrors = {};

const Entrance = ({ code, idInLink, seat, microphone, onSeated, onRemember }: EntranceProps) => {
  const texts = useTexts();
  const { language } = useLanguage();
  const [info, setInfo] = useState<JoinInfo>();
  const [failure, setFailure] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt asks again
  useEffect(() => {
    let isCurrent = true;
    setFailure(undefined);
    joinInfo('', code, { language }).then(
      (found) => isCurrent && setInfo(found),
      (reason: unknown) => isCurrent && setFailure(reason),
    );
    return () => {
      isCurrent = false;
    };
  }, [code, attempt, language]);

  if (failure !== undefined) {
    const reason = overReasonOf(codeOf(failure));
    return (
      <Shell right={<LanguageSwitch />}>
        {reason !== undefined ? (
          <OverNotice reason={reason} onRetry={() => setAttempt(attempt + 1)} />
        ) : (
          <Notice icon={<IconPlugConnectedX />} tone="orange" title={failureText(failure, texts)}>
            <Button onClick={() => setAttempt(attempt + 1)}>{texts.common.retry}</Button>
          </Notice>
        )}
      </Shell>
    );
  }
  if (info === undefined) {
    return (
      <Shell>
        <Stack align="center" py="xl" role="status">
          <Loader aria-hidden />
          <Text>{texts.join.checking}</Text>
        </Stack>
      </Shell>
    );
  }
  return (
    <LanguageScope language={info.language}>
      <Steps
        info={info}
        seat={seat}
        microphone={microphone}
        idInLink={idInLink}
        onSeated={onSeated}
        onRemember={onRemember}
      />
    </LanguageScope>
  );
};

type StepsProps = Omit<EntranceProps, 'code'> & { readonly info: JoinInfo };

const Steps = ({ info, idInLink, seat, microphone, onSeated, onRemember }: StepsProps) => {
  const texts = useTexts();
  const [entry, setEntry] = useState<Entry>({ nickname: seat.nickname ?? '', pin: '', consent: [] });
  const [step, setStep] = useState<'form' | 'mic'>('form');
  const [errors, setErrors] = useState<EntryErrors>(NO_ERRORS);
  const [isJoining, setJoining] = useState(false);
  const [over, setOver] = useState<OverReason | undefined>(() =>
    info.phase === 'ended' ? 'room_ended' : info.phase === 'expired' ? 'room_expired' : undefined,
  );

  const join = async (sound: { deviceId?: string; listensOnly: boolean }) => {
    setJoining(true);
    const known: SeatMemory = {
      joinKey: seat.joinKey,
      nickname: entry.nickname,
      language: info.language,
      listensOnly: sound.listensOnly,
      ...(sound.deviceId === undefined ? {} : { deviceId: sound.deviceId }),
    };
    // Kept before the request: if its answer is lost, the next attempt finds the same seat.
    onRemember(known);
    try {
      const answer = await joinRoom({
        serverUrl: '',
        language: info.language,
        code: info.code,
        nickname: entry.nickname,
        joinKey: seat.joinKey,
        consent: entry.consent,
        ...(entry.pin === '' ? {} : { pin: entry.pin }),
        ...(idInLink === undefined ? {} : { externalId: idInLink }),
      });
      onSeated({ ...known, token: answer.token }, answer.iceServers);
    } catch (failure) {
      setJoining(false);
      const reason = overReasonOf(codeOf(failure));
      if (reason !== undefined) {
        setOver(reason);
        return;
      }
      setErrors(entryErrorsOf(failure, texts));
      setStep('form');
    }
  };

  if (over !== undefined) {
    return (
      <Shell title={info.title}>
        <OverNotice reason={over} onRetry={() => setOver(undefined)} />
      </Shell>
    );
  }
  return (
    <Shell title={info.title}>
      {step === 'form' ? (
        <JoinForm
          info={info}
          entry={entry}
          refusal={errors}
          isBusy={isJoining}
          onSubmit={(next) => {
            setEntry(next);
            setErrors(NO_ERRORS);
            setStep('mic');
          }}
        />
      ) : (
        <MicCheck
          microphone={microphone}
          {...(seat.deviceId === undefined ? {} : { deviceId: seat.deviceId })}
          isJoining={isJoining}
          onDone={(sound) => void join(sound)}
          onBack={() => setStep('form')}
        />
      )}
    </Shell>
  );
};
