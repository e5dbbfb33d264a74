const IDLE = 0, WORKER = 1, HANDLER_A = 2, HANDLER_B = 3, DEVICE_A = 4, DEVICE_B = 5;
const DEVICE = 0, WORK = 1;

class Packet {
  constructor(link, address, kind) {
    this.link = link;
    this.address = address;
    this.kind = kind;
    this.datum = 0;
    this.letters = [0, 0, 0, 0];
  }

  putLast(queue) {
    this.link = null;
    if (queue === null) return this;
    let last = queue;
    while (last.link !== null) last = last.link;
    last.link = this;
    return queue;
  }
}

class Task {
  constructor(kernel, name, priority, queue) {
    this.kernel = kernel;
    this.name = name;
    this.priority = priority;
    this.queue = queue;
    this.pending = queue !== null;
    this.waiting = true;
    this.held = false;
    this.link = kernel.first;
    kernel.first = this;
    kernel.tasks[name] = this;
  }

  mustWait() {
    return this.held || (this.waiting && !this.pending);
  }

  run() {
    let packet = null;
    if (this.waiting && this.pending) {
      packet = this.queue;
      this.queue = packet.link;
      this.waiting = false;
      this.pending = this.queue !== null;
    }
    return this.take(packet);
  }

  receive(packet, sender) {
    if (this.queue === null) {
      this.queue = packet;
      this.pending = true;
      if (this.priority > sender.priority) return this;
    } else {
      packet.putLast(this.queue);
    }
    return sender;
  }

  wait() {
    this.waiting = true;
    return this;
  }
}

class Idle extends Task {
  constructor(kernel, count) {
    super(kernel, IDLE, 0, null);
    this.waiting = false;
    this.count = count;
    this.bits = 1;
  }

  take(packet) {
    this.count -= 1;
    if (this.count === 0) return this.kernel.hold();
    if ((this.bits & 1) === 0) {
      this.bits >>= 1;
      return this.kernel.release(DEVICE_A);
    }
    this.bits = (this.bits >> 1) ^ 0xd008;
    return this.kernel.release(DEVICE_B);
  }
}

class Worker extends Task {
  constructor(kernel, priority, queue) {
    super(kernel, WORKER, priority, queue);
    this.to = HANDLER_A;
    this.letter = 0;
  }

  take(packet) {
    if (packet === null) return this.wait();
    this.to = this.to === HANDLER_A ? HANDLER_B : HANDLER_A;
    packet.address = this.to;
    packet.datum = 0;
    for (let i = 0; i < 4; i++) {
      this.letter += 1;
      if (this.letter > 26) this.letter = 1;
      packet.letters[i] = this.letter;
    }
    return this.kernel.send(packet);
  }
}

class Handler extends Task {
  constructor(kernel, name, priority, queue) {
    super(kernel, name, priority, queue);
    this.work = null;
    this.devices = null;
  }

  take(packet) {
    if (packet !== null) {
      if (packet.kind === WORK) this.work = packet.putLast(this.work);
      else this.devices = packet.putLast(this.devices);
    }
    const work = this.work;
    if (work !== null) {
      const at = work.datum;
      if (at >= 4) {
        this.work = work.link;
        return this.kernel.send(work);
      }
      const device = this.devices;
      if (device !== null) {
        this.devices = device.link;
        device.datum = work.letters[at];
        work.datum = at + 1;
        return this.kernel.send(device);
      }
    }
    return this.wait();
  }
}

class Device extends Task {
  constructor(kernel, name, priority) {
    super(kernel, name, priority, null);
    this.packet = null;
  }

  take(packet) {
    if (packet !== null) {
      this.packet = packet;
      return this.kernel.hold();
    }
    packet = this.packet;
    if (packet === null) return this.wait();
    this.packet = null;
    return this.kernel.send(packet);
  }
}

class Kernel {
  constructor() {
    this.first = null;
    this.tasks = [null, null, null, null, null, null];
    this.current = null;
    this.sent = 0;
    this.holds = 0;
  }

  schedule() {
    this.current = this.first;
    while (this.current !== null) {
      if (this.current.mustWait()) this.current = this.current.link;
      else this.current = this.current.run();
    }
  }

  send(packet) {
    const to = this.tasks[packet.address];
    this.sent += 1;
    packet.link = null;
    packet.address = this.current.name;
    return to.receive(packet, this.current);
  }

  hold() {
    this.holds += 1;
    this.current.held = true;
    return this.current.link;
  }

  release(name) {
    const task = this.tasks[name];
    task.held = false;
    return task.priority > this.current.priority ? task : this.current;
  }
}

function packets(count, address, kind) {
  let queue = null;
  for (let i = 0; i < count; i++) queue = new Packet(queue, address, kind);
  return queue;
}

function run(count) {
  const kernel = new Kernel();
  new Idle(kernel, count);
  new Worker(kernel, 1000, packets(2, WORKER, WORK));
  new Handler(kernel, HANDLER_A, 2000, packets(3, DEVICE_A, DEVICE));
  new Handler(kernel, HANDLER_B, 3000, packets(3, DEVICE_B, DEVICE));
  new Device(kernel, DEVICE_A, 4000);
  new Device(kernel, DEVICE_B, 5000);
  kernel.schedule();
  return kernel;
}

const start = clock();
const kernel = run(size);
report(clock() - start, kernel.sent, kernel.holds);
