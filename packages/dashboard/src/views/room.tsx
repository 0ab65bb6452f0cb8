import { useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { attempt, loadOlder } from '../actions.ts';
import { Composer } from '../components/composer.tsx';
import { ThreadView } from '../components/message.tsx';
import { Welcome } from '../components/welcome.tsx';
import { announcements, complete, draftsIn, messages, personas, rooms, toThreads } from '../state.ts';

/** Pixels from the end within which the room follows new messages. */
const NEAR_END = 160;

/** A room: its threads, oldest first, and where to write. */
export function RoomView({ id }: { readonly id: string }) {
  const list = messages.value.get(id);
  const room = rooms.value?.find((known) => known.id === id);
  const scroller = useFollowing(list?.at(-1)?.id);
  return (
    <div class="room">
      <header class="page-head">
        <h1># {id}</h1>
        <p class="muted">{room?.title !== undefined && room.title !== id ? room.title : 'People and AI teammates'}</p>
        <p class="team">
          {personas.value.map(({ id: persona, name, emoji }) => (
            <span key={persona} role="img" aria-label={name} title={name}>
              {emoji}
            </span>
          ))}
        </p>
      </header>
      <div class="scroller" ref={scroller}>
        {list !== undefined && list.length > 0 && <Threads id={id} />}
        {list !== undefined && list.length === 0 && <Welcome />}
      </div>
      <Composer room={id} placeholder={`Message #${id}`} />
    </div>
  );
}

function Threads({ id }: { readonly id: string }) {
  const list = [...(messages.value.get(id) ?? []), ...draftsIn(id)];
  const cards = announcements(list);
  const loading = useSignal(false);
  const older = async () => {
    loading.value = true;
    await attempt(() => loadOlder(id));
    loading.value = false;
  };
  return (
    <>
      {!complete.value.has(id) && (
        <button type="button" class="quiet older" disabled={loading.value} onClick={older}>
          Older messages
        </button>
      )}
      <ol class="threads">
        {toThreads(list).map((thread) => (
          <ThreadView key={thread.root.id} thread={thread} cards={cards} />
        ))}
      </ol>
    </>
  );
}

/** Starts at the newest message and stays there while the reader is near it. */
function useFollowing(last: string | undefined) {
  const scroller = useRef<HTMLDivElement>(null);
  const near = useRef(true);
  useEffect(() => {
    const element = scroller.current;
    const onScroll = () => {
      if (element !== null) near.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END;
    };
    element?.addEventListener('scroll', onScroll, { passive: true });
    return () => element?.removeEventListener('scroll', onScroll);
  }, []);
  useLayoutEffect(() => {
    if (last !== undefined && near.current) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [last]);
  return scroller;
}
