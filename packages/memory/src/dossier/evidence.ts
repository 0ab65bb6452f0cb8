import type { Atoms } from '../atoms.ts';
import type { Recalled, TeamModel } from '../team-model.ts';

/** How often findings of which something is true were declined and affirmed, by weight of the corrections. */
export interface Tally {
  readonly declined: number;
  readonly affirmed: number;
}

/** What people named in their reasons: an atom, or its absence. */
export interface Named extends Tally {
  readonly atom: string;
  readonly negated: boolean;
  /** How often it was given as the reason to decline, and to affirm. */
  readonly saidAgainst: number;
  readonly saidFor: number;
}

/** The tallies behind a team's dossiers: counted once, asked for every finding. */
export interface Evidence {
  readonly all: Tally;
  readonly byRule: ReadonlyMap<string, Tally>;
  readonly byStructure: ReadonlyMap<string, Tally>;
  readonly byAtom: ReadonlyMap<string, Tally>;
  readonly named: readonly Named[];
}

class Count {
  declined = 0;
  affirmed = 0;

  add({ memory }: Recalled): void {
    if (memory.verdict === 'decline') this.declined += memory.weight;
    else this.affirmed += memory.weight;
  }
}

const counted = new WeakMap<TeamModel, Evidence>();

/** Counts what the recalled corrections say about rules, structures and atoms. */
export function evidenceOf(model: TeamModel): Evidence {
  const known = counted.get(model);
  if (known !== undefined) return known;
  const evidence = count(model.recalled);
  counted.set(model, evidence);
  return evidence;
}

function count(recalled: readonly Recalled[]): Evidence {
  const all = new Count();
  const byRule = new Map<string, Count>();
  const byStructure = new Map<string, Count>();
  const byAtom = new Map<string, Count>();
  for (const one of recalled) {
    all.add(one);
    at(byRule, one.finding.rule).add(one);
    at(byStructure, one.structure).add(one);
    for (const atom of atomsIn(one.atoms)) at(byAtom, atom).add(one);
  }
  return { all, byRule, byStructure, byAtom, named: namedIn(recalled, all, byAtom) };
}

function at(counts: Map<string, Count>, key: string): Count {
  const known = counts.get(key) ?? new Count();
  counts.set(key, known);
  return known;
}

/** Facts and words alike. */
export function atomsIn({ facts, words }: Atoms): Iterable<string> {
  return new Set([...facts, ...words]);
}

function namedIn(recalled: readonly Recalled[], all: Tally, byAtom: ReadonlyMap<string, Tally>): Named[] {
  const mentions = new Map<string, { atom: string; negated: boolean; against: number; for: number }>();
  for (const { memory, grounds } of recalled) {
    for (const { atoms, negated } of grounds) {
      for (const atom of atoms) {
        const key = `${negated} ${atom}`;
        const known = mentions.get(key) ?? { atom, negated, against: 0, for: 0 };
        if (memory.verdict === 'decline') known.against += memory.weight;
        else known.for += memory.weight;
        mentions.set(key, known);
      }
    }
  }
  return [...mentions.values()].map((one) => {
    const holds = byAtom.get(one.atom) ?? { declined: 0, affirmed: 0 };
    const tally = one.negated
      ? { declined: all.declined - holds.declined, affirmed: all.affirmed - holds.affirmed }
      : holds;
    return {
      atom: one.atom,
      negated: one.negated,
      declined: tally.declined,
      affirmed: tally.affirmed,
      saidAgainst: one.against,
      saidFor: one.for,
    };
  });
}
