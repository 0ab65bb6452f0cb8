import { Help } from './components/help.tsx';
import { NamePrompt, Notice, TokenPrompt } from './components/prompts.tsx';
import { Sidebar } from './components/sidebar.tsx';
import { route } from './route.ts';
import { FindingsView } from './views/findings.tsx';
import { LayersView } from './views/layers.tsx';
import { LearnedView } from './views/learned.tsx';
import { OperationsView } from './views/operations.tsx';
import { RoomView } from './views/room.tsx';
import { ScopesView } from './views/scopes.tsx';

export function App() {
  return (
    <div class="app">
      <Sidebar />
      <main class="main" id="main">
        <View />
      </main>
      <Notice />
      <NamePrompt />
      <TokenPrompt />
      <Help />
    </div>
  );
}

function View() {
  const current = route.value;
  if (current.view === 'findings') return <FindingsView filter={current.filter} />;
  if (current.view === 'learned') return <LearnedView />;
  if (current.view === 'layers') return <LayersView />;
  if (current.view === 'operations') return <OperationsView />;
  if (current.view === 'scopes') return <ScopesView />;
  return <RoomView key={current.id} id={current.id} />;
}
