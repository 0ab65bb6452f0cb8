import { parse, type SgNode } from '@ast-grep/napi';
import { type Language, registerGrammars } from './language.ts';

/**
 * A node of the syntax tree, held on the JavaScript side: crossing into the native tree for every question is ten
 * times slower than copying it once.
 */
export class SyntaxNode {
  readonly kind: string;
  readonly named: boolean;
  /** UTF-16 offsets into the source, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** 1-based, exclusive. */
  readonly endColumn: number;
  readonly parent: SyntaxNode | undefined;
  readonly children: SyntaxNode[] = [];
  readonly #tree: Tree;
  readonly #native: SgNode;
  readonly #index: number;
  #last = -1;
  #fields: Map<string, SyntaxNode | undefined> | undefined;

  constructor(native: SgNode, parent: SyntaxNode | undefined, tree: Tree) {
    const range = native.range();
    this.kind = String(native.kind());
    this.named = native.isNamed();
    this.start = range.start.index;
    this.end = range.end.index;
    this.line = range.start.line + 1;
    this.column = range.start.column + 1;
    this.endLine = range.end.line + 1;
    this.endColumn = range.end.column + 1;
    this.parent = parent;
    this.#tree = tree;
    this.#native = native;
    this.#index = tree.nodes.push(this) - 1;
  }

  get text(): string {
    return this.#tree.source.slice(this.start, this.end);
  }

  /** Children that carry meaning; comments and punctuation left out. */
  get parts(): SyntaxNode[] {
    return this.children.filter((child) => child.named && child.kind !== 'comment');
  }

  /** The child in a named field of the grammar. */
  field(name: string): SyntaxNode | undefined {
    this.#fields ??= new Map();
    if (this.#fields.has(name)) return this.#fields.get(name);
    const found = this.#findField(name);
    this.#fields.set(name, found);
    return found;
  }

  #findField(name: string): SyntaxNode | undefined {
    const native = this.#native.field(name);
    if (native === null) return undefined;
    const { start, end } = native.range();
    const same = this.children.filter((child) => child.start === start.index && child.end === end.index);
    return same.find((child) => child.named) ?? same[0];
  }

  /** Itself first, then the parents up to the root. */
  *chain(): Generator<SyntaxNode> {
    for (let node: SyntaxNode | undefined = this; node !== undefined; node = node.parent) yield node;
  }

  /** Every node below and including this one, in source order. */
  walk(): SyntaxNode[] {
    return this.#tree.nodes.slice(this.#index, this.#lastIndex() + 1);
  }

  /** Nodes stand in source order, so a subtree is one slice. */
  #lastIndex(): number {
    if (this.#last < 0) {
      let node: SyntaxNode = this;
      for (let child = node.children.at(-1); child !== undefined; child = node.children.at(-1)) node = child;
      this.#last = node.#index;
    }
    return this.#last;
  }

  contains(other: SyntaxNode): boolean {
    return this.start <= other.start && other.end <= this.end;
  }
}

/** What the nodes of one tree share. */
interface Tree {
  readonly source: string;
  /** Every node in source order, parents before children. */
  readonly nodes: SyntaxNode[];
}

/** Parses a source text; broken code gives a tree with `ERROR` nodes, never an exception. */
export function parseSource(content: string, language: Language): SyntaxNode {
  registerGrammars();
  const tree: Tree = { source: content, nodes: [] };
  const native = parse(language.grammar, content).root();
  const pending: [SgNode, SyntaxNode | undefined][] = [[native, undefined]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [source, parent] = next;
    const node = new SyntaxNode(source, parent, tree);
    parent?.children.push(node);
    for (const child of source.children().reverse()) pending.push([child, node]);
  }
  const [root] = tree.nodes;
  if (root === undefined) throw new RangeError('a syntax tree has a root');
  return root;
}
