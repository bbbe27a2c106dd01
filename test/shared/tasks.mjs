/**
 * What the threads of the tests do, in Node and in a page's workers: `job` has the structure's handle, the class's name, the task's, and what
 * the task needs; `post` sends answers back.
 */

import { attachRuntime } from "holdfast/shared";

/** Does a job with the classes of `core`. */
export async function perform(core, job, post) {
  const { handle, task, kind, gate, threads, index, rounds } = job;
  attachRuntime(handle);
  const it = core[kind].attach(handle);

  /** Starts all threads at once: each counts itself in and waits for the others. */
  function meet() {
    const waiting = new Int32Array(gate);
    Atomics.add(waiting, 0, 1);
    while (Atomics.load(waiting, 0) < threads) Atomics.wait(waiting, 1, 0, 0.05);
  }

  const pause = new Int32Array(new SharedArrayBuffer(4));
  /** On a machine with fewer processors than threads a spinning thread must let others go on. */
  const yieldThread = () => void Atomics.wait(pause, 0, 0, 0.02);

  /** Writes a number into a slot's message, twice, so that a torn one shows. */
  function writeNumber(slot, value) {
    it.floats[slot / 8] = value;
    it.floats[slot / 8 + 1] = -value;
  }

  function readNumber(slot) {
    const value = it.floats[slot / 8];
    if (it.floats[slot / 8 + 1] !== -value) throw new Error(`torn message ${value}`);
    return value;
  }

  /** Numbers of this producer: `rounds` of them, no two producers have one in common. */
  const numberOf = (n) => index * rounds + n + 1;

  function sendAll() {
    for (let n = 0; n < rounds; n++) {
      let slot = it.reserve();
      while (slot < 0) {
        yieldThread();
        slot = it.reserve();
      }
      writeNumber(slot, numberOf(n));
      it.commit(slot);
    }
  }

  /** Takes until all threads together have taken `total`; sums, counts, and looks at the order of each producer's. */
  function takeAll(ordered, total) {
    const taken = new Int32Array(gate);
    let sum = 0;
    let squares = 0;
    let count = 0;
    const latest = new Map();
    while (Atomics.load(taken, 2) < total) {
      const slot = it.take();
      if (slot < 0) {
        yieldThread();
        continue;
      }
      const value = readNumber(slot);
      it.release(slot);
      Atomics.add(taken, 2, 1);
      const producer = Math.floor((value - 1) / rounds);
      if (ordered && value <= (latest.get(producer) ?? 0)) throw new Error(`out of order: ${value}`);
      latest.set(producer, value);
      sum += value;
      squares = (squares + (value % 65_521) ** 2) % 2 ** 40;
      count++;
    }
    return { sum, squares, count };
  }

  /** The bytes of record n: as many as n says, each telling n. */
  const recordOf = (n) => new Uint8Array(n % 200).fill(n % 251);

  const tasks = {
    /** Half of the threads send, half take. */
    messages({ ordered }) {
      const producers = threads / 2;
      if (index < producers) {
        sendAll();
        return { sent: rounds };
      }
      return takeAll(ordered, producers * rounds);
    },
    /** One thread sends records of all lengths, the other looks at each byte. */
    records() {
      for (let n = 0; n < rounds; n++) {
        if (index === 0) it.pushSync(recordOf(n));
        else {
          const record = it.popSync();
          const wanted = recordOf(n);
          if (record.length !== wanted.length || record.some((byte) => byte !== wanted[0]))
            throw new Error(`record ${n}`);
        }
      }
      return rounds;
    },
    /** The same messages many at a time. */
    batches() {
      const block = new Float64Array(300);
      const bytes = new Uint8Array(block.buffer);
      for (let n = 0; n < rounds; ) {
        let count;
        if (index === 0) {
          count = Math.min(block.length, rounds - n);
          for (let k = 0; k < count; k++) block[k] = n + k;
          count = it.pushMany(bytes.subarray(0, count * 8));
        } else {
          count = it.popMany(bytes);
          for (let k = 0; k < count; k++) if (block[k] !== n + k) throw new Error(`message ${n + k} is ${block[k]}`);
        }
        n += count;
        if (count === 0) yieldThread();
      }
      return rounds;
    },
    acquire() {
      let admitted = 0;
      for (let n = 0; n < rounds; n++) if (it.tryAcquire(1, 1) === 0) admitted++;
      return admitted;
    },
    /** The sum of all turns, and how many there were. */
    enter() {
      let sum = 0;
      let count = 0;
      for (let n = 0; n < rounds; n++) {
        const turnMs = it.enter(1, 1);
        if (turnMs < 0) continue;
        sum += turnMs;
        count++;
      }
      return { sum, count };
    },
    /** Settles every call, each third one as failed. */
    settle() {
      let admitted = 0;
      for (let n = 0; n < rounds; n++) {
        const permit = it.tryAcquire(1);
        if (permit < 0) continue;
        admitted++;
        if (it.settle(permit, n % 3 === 0 ? core.outcome.failure : core.outcome.success, 1, 1) < 0) {
          throw new Error("a result needs the time that it was given");
        }
      }
      return admitted;
    },
    fail() {
      for (let n = 0; n < rounds; n++) it.recordFailure();
      return rounds;
    },
    /** Half of the attempts fail. */
    attempts() {
      for (let n = 0; n < rounds; n++) it.record(n % 2 === 0);
      return rounds;
    },
    /** Traces that every threshold keeps. */
    sample() {
      let kept = 0;
      for (let n = 0; n < rounds; n++) if (it.sample("f".repeat(32), 1) > 0) kept++;
      return kept;
    },
    sampleEnded() {
      let kept = 0;
      for (let n = 0; n < rounds; n++) if (it.sample("f".repeat(32), n % 2 === 0, 1) > 0) kept++;
      return kept;
    },
    /** Each of a thread's timestamps comes after the one before. */
    tick() {
      let before = { wallMs: 0, logical: 0 };
      for (let n = 0; n < rounds; n++) {
        const next = it.now(1_000 - (n % 3));
        if (core.HybridClock.compare(next, before) <= 0) throw new Error("a timestamp went back");
        before = next;
      }
      return rounds;
    },
    /** Records, and looks at a whole state now and then. */
    record() {
      for (let n = 0; n < rounds; n++) {
        it.record((n % 1_000) * (index + 1));
        if (n % 1_000 === 0 && !(it.quantile(1) <= 4_000 && it.mean <= 4_000)) throw new Error("a torn state was read");
      }
      return rounds;
    },
    /** The first thread gives the limiter a thousand permits and two thousand by turns, the others take. */
    reconfigure() {
      let admitted = 0;
      for (let n = 0; n < rounds; n++) {
        if (index > 0) admitted += it.tryAcquire(1, 1) === 0 ? 1 : 0;
        else it.configure({ limit: 1, perMs: 1e6 + (n % 7), burst: n % 2 === 0 ? 2_000 : 1_000 }, 1);
        const left = it.remaining(1);
        if (left < 0 || left > 2_000) throw new Error(`${left} permits are left`);
      }
      return admitted;
    },
    permits() {
      let most = 0;
      let got = 0;
      for (let n = 0; n < rounds; n++) {
        if (!it.tryAcquire()) continue;
        got++;
        most = Math.max(most, it.inUse);
        it.release();
      }
      return { most, got, held: it.held };
    },
    /** The first thread owns the deque, the others steal until the owner says that all is done. */
    steal() {
      const done = new Int32Array(gate);
      let sum = 0;
      let count = 0;
      const took = (item) => {
        if (item === undefined) return false;
        sum += item;
        count++;
        return true;
      };
      if (index === 0) {
        for (let n = 1; n <= rounds; n++) {
          while (!it.push(n)) took(it.take());
          if (n % 3 === 0) took(it.take());
        }
        while (took(it.take()));
        Atomics.store(done, 2, 1);
      } else {
        while (Atomics.load(done, 2) === 0 || it.count > 0) if (!took(it.trySteal())) yieldThread();
      }
      return { sum, count };
    },
    /** Counts in common keys, and adds and removes keys of its own between them. */
    map() {
      for (let n = 0; n < rounds; n++) {
        it.add(n % 7, 1);
        const own = `${index}:${n % 50}`;
        it.set(own, n);
        if (it.get(own) !== n) throw new Error(`lost ${own}`);
        if (n % 2 === 0 && it.delete(own) !== n) throw new Error(`not removed: ${own}`);
        for (let old = it.get("max") ?? 0; old < n; old = it.get("max")) {
          if (it.insert("max", n) === undefined || it.replace("max", old, n)) break;
        }
      }
      return true;
    },
    /** Takes a permit and ends without a word. */
    holdAndExit() {
      it.tryAcquire();
      process.exit(0);
    },
    holdAndHang() {
      it.tryAcquire();
      post("holds");
      Atomics.wait(pause, 0, 0);
    },
    /** Claims a slot to write, another to read, and hangs between reserve and commit. */
    claimAndHang() {
      it.reserve();
      it.take();
      post("holds");
      Atomics.wait(pause, 0, 0);
    },
    /** Answers each message by its double, asleep in between. */
    async echo() {
      while (true) {
        const message = it.popSync();
        if (message[0] === 0) return "done";
        post(message[0] * 2);
      }
    },
    /** Sends each message back through another ring, one higher. */
    answer({ back }) {
      const answers = core.SpscRing.attach(back);
      for (let n = 0; n < rounds; n++) answers.pushSync(it.popSync().map((byte) => byte + 1));
      return rounds;
    },
    async echoAsync() {
      while (true) {
        const message = await it.pop();
        if (message[0] === 0) return "done";
        post(message[0] * 2);
      }
    },
  };

  if (gate !== undefined) meet();
  post(await tasks[task](job));
}
