// Sleeping, events, queues and semaphores over promises: waiters in order, each handed what it waits for.
class Waiters {
  constructor() {
    this.resolves = [];
    this.first = 0;
  }

  join() {
    return new Promise((resolve) => this.resolves.push(resolve));
  }

  wakeOne() {
    if (this.first === this.resolves.length) return false;
    const resolve = this.resolves[this.first];
    this.resolves[this.first] = null;
    this.first += 1;
    if (this.first === this.resolves.length) {
      this.resolves.length = 0;
      this.first = 0;
    }
    resolve();
    return true;
  }
}

class Event {
  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  wait() {
    return this.promise;
  }

  set() {
    this.resolve();
  }
}

class Queue {
  constructor(room) {
    this.room = room;
    this.items = [];
    this.getters = new Waiters();
    this.putters = new Waiters();
  }

  async put(item) {
    while (this.items.length >= this.room) await this.putters.join();
    this.items.push(item);
    this.getters.wakeOne();
  }

  async get() {
    while (this.items.length === 0) await this.getters.join();
    const item = this.items.shift();
    this.putters.wakeOne();
    return item;
  }
}

class Semaphore {
  constructor(free) {
    this.free = free;
    this.waiters = new Waiters();
  }

  async acquire() {
    if (this.free > 0) this.free -= 1;
    else await this.waiters.join();
  }

  // What is given back goes to the one that waits longest, if any does.
  release() {
    if (!this.waiters.wakeOne()) this.free += 1;
  }
}

function sleep(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

provide({ Event, Queue, Semaphore, sleep });
