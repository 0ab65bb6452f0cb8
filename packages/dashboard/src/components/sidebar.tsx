import { DEFAULT_ROOM } from '../address.ts';
import { helpOpen } from '../keys.ts';
import { connection } from '../live.ts';
import { route } from '../route.ts';
import { author } from '../session.ts';
import { rooms, unread } from '../state.ts';
import { Icon } from './icon.tsx';

const VIEWS = [
  { view: 'findings', label: 'Findings', icon: 'search' },
  { view: 'learned', label: 'Learned', icon: 'sprout' },
  { view: 'scopes', label: 'Scopes', icon: 'tree' },
  { view: 'layers', label: 'Layers', icon: 'layers' },
  { view: 'operations', label: 'Operations', icon: 'pulse' },
] as const;

export function Sidebar() {
  return (
    <nav class="sidebar" aria-label="Rooms and views">
      <a class="brand" href={`#/room/${DEFAULT_ROOM}`}>
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>Continuum</span>
      </a>
      <RoomList />
      <h2 class="sidebar-title">Views</h2>
      <ul class="sidebar-list views">
        {VIEWS.map(({ view, label, icon }) => (
          <li key={view}>
            <a href={`#/${view}`} data-view aria-current={route.value.view === view ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{label}</span>
            </a>
          </li>
        ))}
      </ul>
      <Foot />
    </nav>
  );
}

function RoomList() {
  const current = route.value;
  const known = rooms.value ?? [];
  // The default room is there before its first message.
  const ids = known.some((room) => room.id === DEFAULT_ROOM) ? [] : [{ id: DEFAULT_ROOM, title: DEFAULT_ROOM }];
  const list = [...ids, ...known.map(({ id, title }) => ({ id: String(id), title }))];
  return (
    <>
      <h2 class="sidebar-title">Rooms</h2>
      <ul class="sidebar-list rooms">
        {list.map(({ id, title }) => (
          <li key={id}>
            <a
              href={`#/room/${id}`}
              data-view
              title={title}
              aria-current={current.view === 'room' && current.id === id ? 'page' : undefined}
            >
              <Icon name="hash" />
              <span>{id}</span>
              {unread.value.has(id) && <span class="unread" role="img" aria-label="new messages" />}
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

const CONNECTION = { live: 'Live', connecting: 'Connecting', lost: 'Reconnecting' };

function Foot() {
  return (
    <div class="sidebar-foot">
      <span class={`connection ${connection.value}`} role="status">
        {CONNECTION[connection.value]}
      </span>
      {author.value !== '' && (
        <button type="button" class="quiet" title="Change your name" onClick={() => (author.value = '')}>
          {author.value}
        </button>
      )}
      <button
        type="button"
        class="quiet key-hint"
        aria-label="Keyboard help"
        onClick={() => {
          helpOpen.value = true;
        }}
      >
        ?
      </button>
    </div>
  );
}
