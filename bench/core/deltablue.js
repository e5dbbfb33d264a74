const REQUIRED = 0, PREFERRED = 2, STRONG_DEFAULT = 3, NORMAL = 4, WEAKEST = 6;
const NONE = 0, FORWARD = 1, BACKWARD = 2;

function drop(list, item) {
  list.splice(list.indexOf(item), 1);
}

class Variable {
  constructor(value) {
    this.value = value;
    this.users = [];
    this.source = null;
    this.mark = 0;
    this.strength = WEAKEST;
    this.fixed = true;
  }
}

class Constraint {
  constructor(strength) {
    this.strength = strength;
  }

  enter(planner) {
    this.connect();
    planner.add(this);
  }

  leave(planner) {
    if (this.satisfied()) planner.remove(this);
    else this.disconnect();
  }

  isInput() {
    return false;
  }

  satisfy(mark, planner) {
    this.choose(mark);
    if (!this.satisfied()) {
      if (this.strength === REQUIRED) throw new Error("a required constraint cannot hold");
      return null;
    }
    this.markInputs(mark);
    const out = this.output();
    const overridden = out.source;
    if (overridden !== null) overridden.giveUp();
    out.source = this;
    if (!planner.propagate(this, mark)) throw new Error("a cycle of constraints");
    out.mark = mark;
    return overridden;
  }
}

class Unary extends Constraint {
  constructor(variable, strength, planner) {
    super(strength);
    this.variable = variable;
    this.holds = false;
    this.enter(planner);
  }

  connect() {
    this.variable.users.push(this);
    this.holds = false;
  }

  disconnect() {
    drop(this.variable.users, this);
    this.holds = false;
  }

  choose(mark) {
    this.holds = this.variable.mark !== mark && this.strength < this.variable.strength;
  }

  satisfied() {
    return this.holds;
  }

  giveUp() {
    this.holds = false;
  }

  markInputs(mark) {}

  inputsKnown(mark) {
    return true;
  }

  output() {
    return this.variable;
  }

  execute() {}

  recalculate() {
    this.variable.strength = this.strength;
    this.variable.fixed = !this.isInput();
  }
}

class Stay extends Unary {}

class Edit extends Unary {
  isInput() {
    return true;
  }
}

class Binary extends Constraint {
  constructor(first, second, strength) {
    super(strength);
    this.first = first;
    this.second = second;
    this.direction = NONE;
  }

  connect() {
    this.first.users.push(this);
    this.second.users.push(this);
    this.direction = NONE;
  }

  disconnect() {
    drop(this.first.users, this);
    drop(this.second.users, this);
    this.direction = NONE;
  }

  choose(mark) {
    const first = this.first;
    const second = this.second;
    if (first.mark === mark) {
      const free = second.mark !== mark && this.strength < second.strength;
      this.direction = free ? FORWARD : NONE;
    } else if (second.mark === mark) {
      const free = first.mark !== mark && this.strength < first.strength;
      this.direction = free ? BACKWARD : NONE;
    } else if (first.strength > second.strength) {
      this.direction = this.strength < first.strength ? BACKWARD : NONE;
    } else {
      this.direction = this.strength < second.strength ? FORWARD : NONE;
    }
  }

  satisfied() {
    return this.direction !== NONE;
  }

  giveUp() {
    this.direction = NONE;
  }

  input() {
    return this.direction === FORWARD ? this.first : this.second;
  }

  output() {
    return this.direction === FORWARD ? this.second : this.first;
  }

  markInputs(mark) {
    this.input().mark = mark;
  }

  inputsKnown(mark) {
    const source = this.input();
    return source.mark === mark || source.fixed || source.source === null;
  }

  recalculate() {
    const source = this.input();
    const out = this.output();
    out.strength = Math.max(this.strength, source.strength);
    out.fixed = this.inputsFixed();
    if (out.fixed) this.execute();
  }

  inputsFixed() {
    return this.input().fixed;
  }
}

class Equal extends Binary {
  constructor(first, second, strength, planner) {
    super(first, second, strength);
    this.enter(planner);
  }

  execute() {
    this.output().value = this.input().value;
  }
}

class Scale extends Binary {
  constructor(first, factor, offset, second, strength, planner) {
    super(first, second, strength);
    this.factor = factor;
    this.offset = offset;
    this.enter(planner);
  }

  connect() {
    super.connect();
    this.factor.users.push(this);
    this.offset.users.push(this);
  }

  disconnect() {
    super.disconnect();
    drop(this.factor.users, this);
    drop(this.offset.users, this);
  }

  markInputs(mark) {
    super.markInputs(mark);
    this.factor.mark = mark;
    this.offset.mark = mark;
  }

  inputsFixed() {
    return this.input().fixed && this.factor.fixed && this.offset.fixed;
  }

  execute() {
    if (this.direction === FORWARD) {
      this.second.value = this.first.value * this.factor.value + this.offset.value;
    } else {
      this.first.value = Math.floor((this.second.value - this.offset.value) / this.factor.value);
    }
  }
}

class Planner {
  constructor() {
    this.mark = 0;
    this.added = 0;
  }

  nextMark() {
    this.mark += 1;
    return this.mark;
  }

  add(constraint) {
    this.added += 1;
    const mark = this.nextMark();
    while (constraint !== null) constraint = constraint.satisfy(mark, this);
  }

  remove(constraint) {
    const out = constraint.output();
    constraint.giveUp();
    constraint.disconnect();
    const loose = this.release(out);
    for (let strength = REQUIRED; strength < WEAKEST; strength++) {
      for (const other of loose) if (other.strength === strength) this.add(other);
    }
  }

  release(out) {
    out.source = null;
    out.strength = WEAKEST;
    out.fixed = true;
    const loose = [];
    const todo = [out];
    while (todo.length > 0) {
      const variable = todo.pop();
      for (const constraint of variable.users) {
        if (!constraint.satisfied()) {
          loose.push(constraint);
        } else if (constraint !== variable.source) {
          constraint.recalculate();
          todo.push(constraint.output());
        }
      }
    }
    return loose;
  }

  propagate(constraint, mark) {
    const todo = [constraint];
    while (todo.length > 0) {
      const next = todo.pop();
      const out = next.output();
      if (out.mark === mark) {
        this.remove(constraint);
        return false;
      }
      next.recalculate();
      this.addUsers(out, todo);
    }
    return true;
  }

  addUsers(variable, todo) {
    const source = variable.source;
    for (const constraint of variable.users) {
      if (constraint !== source && constraint.satisfied()) todo.push(constraint);
    }
  }

  plan(edit) {
    const mark = this.nextMark();
    const plan = [];
    const todo = edit.isInput() && edit.satisfied() ? [edit] : [];
    while (todo.length > 0) {
      const constraint = todo.pop();
      const out = constraint.output();
      if (out.mark !== mark && constraint.inputsKnown(mark)) {
        plan.push(constraint);
        out.mark = mark;
        this.addUsers(out, todo);
      }
    }
    return plan;
  }
}

function execute(plan) {
  for (const constraint of plan) constraint.execute();
}

function change(variable, value, planner) {
  const edit = new Edit(variable, PREFERRED, planner);
  const plan = planner.plan(edit);
  for (let i = 0; i < 10; i++) {
    variable.value = value;
    execute(plan);
  }
  edit.leave(planner);
}

function chain(n) {
  const planner = new Planner();
  const variables = Array.from({ length: n + 1 }, () => new Variable(0));
  for (let i = 0; i < n; i++) new Equal(variables[i], variables[i + 1], REQUIRED, planner);
  new Stay(variables[n], STRONG_DEFAULT, planner);
  const edit = new Edit(variables[0], PREFERRED, planner);
  const plan = planner.plan(edit);
  let check = 0;
  for (let i = 0; i < 100; i++) {
    variables[0].value = i;
    execute(plan);
    check += variables[n].value;
  }
  edit.leave(planner);
  return [planner.added, check];
}

function projection(n) {
  const planner = new Planner();
  const factor = new Variable(10);
  const offset = new Variable(1000);
  const sources = [];
  const targets = [];
  for (let i = 0; i < n; i++) {
    const source = new Variable(i);
    const target = new Variable(i);
    sources.push(source);
    targets.push(target);
    new Stay(source, NORMAL, planner);
    new Scale(source, factor, offset, target, REQUIRED, planner);
  }
  change(sources[n - 1], 17, planner);
  let check = targets[n - 1].value;
  change(targets[n - 1], 1050, planner);
  check += sources[n - 1].value;
  change(factor, 5, planner);
  change(offset, 2000, planner);
  for (const target of targets) check += target.value;
  return [planner.added, check];
}

const start = clock();
const [added, check] = chain(size);
const [more, result] = projection(size);
report(clock() - start, added + more, check + result);
