"""Prints a script that needs more than instructions have room for: far locals, spilled temporaries, long jumps,
calls and displays with hundreds of parts; and evaluation orders that a register compiler can get wrong."""


out=[]
w=out.append
# far locals
w("def far():")
for i in range(300): w(f"    v{i} = {i}")
w("    t = 0")
for i in range(300): w(f"    t += v{i} * {i%7}")
w("    del v299, v5")
w("    try: v299\n    except UnboundLocalError as e: print(e)")
w("    try: v5\n    except UnboundLocalError as e: print(e)")
w("    for v250 in range(3): t += v250")
w("    a, (v251, *v252), v253 = 1, (2, 3, 4), 5")
w("    t += v251 + sum(v252) + v253 + sum([q * v200 for q in range(v3)]) + sum(v1 * v2 for v1 in range(3))")
w("    f = lambda: v100 + v270")
w("    v270 += 5; v100 -= 2")
w("    with open('/dev/null') as v260: t += v260.fileno() > 0")
w("    return t, f()")
w("print(far())")
# deep nesting with many args
w("def g(*a, **k): return sum(x for x in a if isinstance(x, int)) + sum(k.values())")
e="1"
for d in range(60):
    e="g("+", ".join(str(i) for i in range(8))+", "+e+", "+str(d)+f", k={d})"
w("def deep(): return "+e)
w("print(deep())")
e="1"
for d in range(115):
    e="(%d + %s)"%(d,e) if d%3 else "g(%d, [%s, %d], x=%s)"%(d,e if d<1 else "0",d,e)
w("def deep2(x=3, y=4): return "+e)
w("print(deep2())")
e="x"
for d in range(90): e="(y, %s, x)"%e if d%2 else "[x, y, *%s]"%("("+e+",)")
w("def deep3(x, y): return "+e)
w("print(len(str(deep3(1, 2))))")
e="x"
for d in range(100): e="x * (y + %s)"%e if d%4 else "(x if y > %d else %s) - (y and %s)"%(d,'y', e)
w("def deep4(x, y): return "+e)
w("print(deep4(1, 2) , deep4(3,200))")
e="x"
for d in range(18): e="[a%d + %s + (lambda: a%d)() for a%d in range(2) if %s]"%(d,"0" if d else "x",d,d,"sum(%s) >= 0"%e if d else "x")
w("def deep5(x): return "+e)
w("print(deep5(1))")
w("def many(): return g("+", ".join(str(i) for i in range(400))+", "+", ".join(f"k{i}={i}" for i in range(300))+")")
w("print(many())")
w("def manym(): return ''.join.__call__(["+", ".join(f"str({i})" for i in range(400))+"])")
w("print(len(manym()))")
w("def dicts(x): return {"+", ".join(f"{i}: x + {i}" for i in range(100))+"}, {"+", ".join(f"x*{i}" for i in range(100))+"}, ("+", ".join(f"x+{i}" for i in range(100))+")")
w("print(dicts(2))")
w("def fs(x): return f'"+"".join("{x}a{x+%d!r}"%i for i in range(150))+"'")
w("print(fs(1))")
# big jumps
w("def big(n):\n    t = 0\n    while n:\n        n -= 1\n        if n % 2:")
for i in range(9000): w(f"            t = t + n * {i%100}; t ^= n")
w("            if t < 0: continue\n            if t == 12345: break")
w("        else:")
for i in range(9000): w(f"            t = t - n * {i%100} + (n and 1)")
w("    else: t += 1")
w("    return t, t and n or (t and n and t)")
w("print(big(4))")
w("def tries():\n    r = []\n    for i in range(5):\n        try:\n            try:\n                if i == 0: continue\n                if i == 1: raise ValueError\n                if i == 2: raise KeyError\n                if i == 3: break\n            except ValueError as e: r.append(e.__class__)\n            else: r.append('else')\n            finally: r.append(i)\n        except KeyError: r.append('k'); continue\n        finally: r.append('f')\n    return r\nprint(tries())")
w("""def fr():
    for i in range(3):
        try: return i
        finally:
            if i < 2: continue
    return 9
print(fr())
def fr2():
    while True:
        try:
            return 1
        finally:
            break
    return 2
print(fr2())
class C:
    def __init__(s, n): s.n = n
    def __enter__(s): print('enter', s.n); return s
    def __exit__(s, *a): print('exit', s.n, a[0]); return s.n == 2
def wi():
    for i in range(3):
        with C(i) as a, C(i + 1) as b:
            if i == 0: continue
            if i == 1: raise ValueError
            return a.n, b.n
print(wi())
def chain(a, b, c): return a < b < c, a < g(b) < g(c) < 10, (a < b < c) is True, not a < b < g(c)
print(chain(1, 2, 3), chain(3, 2, 1), chain(1, 1, 1))
def chain2(a, b, c):
    r = []
    if a < g(b) < c: r.append(1)
    if not a < g(b) < c: r.append(2)
    while a < g(b) <= c < 10: c += 1
    r.append(c)
    return r
print(chain2(1, 2, 3), chain2(3, 2, 1))
def wal(x):
    y = x + (x := 5) + x
    z = [x, (x := x + 1), x]
    d = {x: (x := 7), x: x}
    return y, z, d, (x, x := 9, x), x * (x := 2), f'{x}{(x:=3)}{x}', g(x, (x := 4), x), x < (x := 1) < (x := 10) > x
print(wal(1))
def aug():
    class A: pass
    a = A(); a.x = [1]; a.x += [2]; a.d = {1: 2}; a.d[1] += 5; a.d[1] **= 2
    l = [1, 2, 3]; l[0], l[1] = l[1], l[0]; l[1:2] += [7, 8]; l[-1] -= 1
    i = 0; i, l[i] = 2, 50
    return a.x, a.d, l, i
print(aug())
def cells():
    x = 1
    def f():
        nonlocal x
        x += 1
        return x
    r = x + f() + x
    try: del x; x
    except NameError as e: print(e)
    try: f()
    except NameError as e: print(e)
    x = [lambda: x for x in range(3)]
    return r, [h() for h in x]
print(cells())
def genx():
    try:
        r = yield from (i for i in range(2) if i >= 0)
        x = yield
        return (yield x), r
    finally:
        yield 'fin'
it = genx(); print(next(it), next(it), next(it), it.send(5), it.send(6))
try: next(it)
except StopIteration as e: print(e.value)
def cm(n):
    try: return [n / x for x in (2, 1, 0)]
    except ZeroDivisionError as e: return str(e)
print(cm(4))
def dele():
    for x in (1, 2):
        try: print(y)
        except UnboundLocalError as e: print('unbound')
        y = x
        if x == 1: del y
    try: raise ValueError
    except ValueError as e: pass
    try: e
    except UnboundLocalError as f: print(f)
dele()
print({1, 2, 3}, {3, 2, 1, 1.0, True}, [1, 2, 3], 5 in {1, 5}, 5 in [1, 5], (1, (2, 'a')), -1, ~5, 2 ** 100, 1 << 70, -2 ** 63, 10 ** 20 - 1, 'a' * 5 + 'b', (1, 2) + (3,), -0.0, 1e308 * 10, 0x1234567890abcdef1234, 12345678901234567890123)
""")
print('\n'.join(out))
