import { describe, expect, it } from 'vitest';
import { PYTHON_RULES } from '../src/ast/rules/python/all.ts';
import { rulesIn, scan } from './ast-scan.ts';

const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    'python-command-injection',
    [
      'import os\ndef f(p):\n    os.system(f"ls {p}")\n',
      'from subprocess import run\ndef f(p):\n    cmd = "ls " + p\n    run(cmd, shell=True)\n',
      'import subprocess as sp\ndef f(p):\n    sp.check_output("ls {}".format(p), shell=True)\n',
    ],
    [
      'import subprocess\ndef f(p):\n    subprocess.run(["ls", p])\n',
      'import subprocess\nsubprocess.run("ls -la", shell=True)\n',
      'import os, shlex\ndef f(p):\n    os.system("ls " + shlex.quote(p))\n',
    ],
  ],
  [
    'python-code-injection',
    ['def f(p):\n    return eval(p)\n'],
    ['eval("1 + 1")\n', 'import ast\ndef f(p):\n    return ast.literal_eval(p)\n'],
  ],
  [
    'python-sql-injection',
    [
      'def f(c, n):\n    c.execute("SELECT * FROM t WHERE n = %s" % n)\n',
      'def f(c, n):\n    q = f"DELETE FROM t WHERE n = {n}"\n    c.execute(q)\n',
    ],
    ['def f(c, n):\n    c.execute("SELECT * FROM t WHERE n = %s", (n,))\n'],
  ],
  [
    'python-path-traversal',
    [
      'import os\nfrom flask import request\ndef f():\n    return open(os.path.join("/srv", request.args.get("n"))).read()\n',
    ],
    ['import os\ndef f(n):\n    return open(os.path.join("/srv", os.path.basename(n)))\n', 'open("/etc/hosts")\n'],
  ],
  [
    'python-insecure-deserialisation',
    ['import pickle\ndef f(d):\n    return pickle.loads(d)\n', 'import yaml\ndef f(d):\n    return yaml.load(d)\n'],
    [
      'import yaml\ndef f(d):\n    return yaml.safe_load(d)\n',
      'import yaml\ndef f(d):\n    return yaml.load(d, Loader=yaml.SafeLoader)\n',
    ],
  ],
  [
    'python-tls-verification-off',
    ['import requests\nrequests.get("https://x", verify=False)\n'],
    ['import requests\nrequests.get("https://x")\n'],
  ],
  [
    'python-flask-debug',
    ['from flask import Flask\napp = Flask(__name__)\napp.run(debug=True)\n'],
    ['from flask import Flask\napp = Flask(__name__)\napp.run()\n'],
  ],
  [
    'python-weak-hash',
    ['import hashlib\nhashlib.md5(b"x")\n'],
    ['import hashlib\nhashlib.md5(b"x", usedforsecurity=False)\n', 'import hashlib\nhashlib.sha256(b"x")\n'],
  ],
  ['python-none-comparison', ['def f(x):\n    return x == None\n'], ['def f(x):\n    return x is None\n']],
  ['python-mutable-default', ['def f(a=[]):\n    pass\n'], ['def f(a=None):\n    pass\n']],
];

describe.each(CASES)('%s', (rule, flagged, clean) => {
  it.each(flagged)('flags %j', (code) => {
    expect(rulesIn('app/a.py', code)).toContain(rule);
  });
  it.each(clean)('leaves alone %j', (code) => {
    expect(rulesIn('app/a.py', code)).not.toContain(rule);
  });
});

describe('Python rules', () => {
  it('are each shown by a case above', () => {
    expect(PYTHON_RULES.map(({ meta }) => meta.id).sort()).toEqual(CASES.map(([rule]) => `ast/${rule}`).sort());
  });

  it('carry facts: routed parameters are requests, early exits are guards', () => {
    const code =
      '@app.route("/x/<name>")\ndef show(name):\n    if not name.startswith("a"):\n        return\n    open("/srv/" + name)\n';
    const facts = scan('app/a.py', code)[0]?.facts;
    expect(facts).toMatchObject({
      language: 'python',
      origins: ['request'],
      guards: ['path-prefix'],
      functionName: 'show',
      exported: true,
    });
  });

  it('suggest the safe call', () => {
    const [finding] = scan('a.py', 'import yaml\ndef f(d):\n    return yaml.load(d)\n');
    expect(finding?.suggestion?.replacement).toBe('    return yaml.safe_load(d)');
  });
});
