// C++: a VM, a scope and a kept handle as objects that end by themselves; a host function from a lambda.
#include <aiovm.h>

#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

class Vm {
public:
    Vm() { check(aiovm_new(&vm_, nullptr)); }
    ~Vm() { aiovm_free(vm_); }
    Vm(const Vm &) = delete;
    Vm &operator=(const Vm &) = delete;
    operator aiovm *() const { return vm_; }

    void check(aiovm_status status) const {
        if (status == AIOVM_OK) return;
        throw std::runtime_error(status == AIOVM_ERROR ? aiovm_error_text(vm_) : "status " + std::to_string(status));
    }
    void run(const std::string &source) { check(aiovm_run_source(vm_, source.data(), source.size(), "<script>")); }

private:
    aiovm *vm_ = nullptr;
};

class Scope {
public:
    explicit Scope(Vm &vm) : vm_(vm) { vm.check(aiovm_open(vm, &scope_)); }
    ~Scope() { aiovm_close(vm_, scope_); }
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;

private:
    Vm &vm_;
    uint64_t scope_ = 0;
};

class Kept {
public:
    Kept(Vm &vm, aiovm_value value) : vm_(vm) { vm.check(aiovm_keep(vm, value, &value_)); }
    ~Kept() { aiovm_drop(vm_, value_); }
    Kept(const Kept &) = delete;
    Kept &operator=(const Kept &) = delete;
    aiovm_value get() const { return value_; }

private:
    Vm &vm_;
    aiovm_value value_{};
};

using Function = std::function<int64_t(int64_t)>;

static aiovm_status call(aiovm *vm, const aiovm_value *args, size_t, aiovm_value *result, void *data) {
    int64_t n;
    if (aiovm_get_int(vm, args[0], &n) != AIOVM_OK) return aiovm_raise(vm, "TypeError", "an int, please");
    try {
        return aiovm_make_int(vm, (*static_cast<Function *>(data))(n), result);
    } catch (const std::exception &e) { // no exception may cross the VM
        return aiovm_raise(vm, "RuntimeError", e.what());
    }
}

int main() try {
    Function twice = [](int64_t n) { return n < 0 ? throw std::runtime_error("below zero") : 2 * n; };
    const aiovm_def functions[] = {{"twice", call, "twice(n, /)", nullptr}, {}};
    Vm vm;
    vm.check(aiovm_add_module(vm, "host", nullptr, functions, &twice, nullptr));
    vm.run("import host\n"
           "def f(n):\n"
           "    try: return host.twice(n)\n"
           "    except RuntimeError as e: return len(str(e))\n");
    std::unique_ptr<Kept> f;
    {
        Scope scope(vm);
        aiovm_value v;
        vm.check(aiovm_get_global(vm, "f", &v));
        f = std::make_unique<Kept>(vm, v);
    }
    for (int64_t n : {21, -1}) {
        Scope scope(vm);
        aiovm_value v;
        vm.check(aiovm_make_int(vm, n, &v));
        vm.check(aiovm_call(vm, f->get(), &v, 1, &v));
        vm.check(aiovm_get_int(vm, v, &n));
        std::cout << n << "\n";
    }
    return 0;
} catch (const std::exception &e) {
    std::cerr << e.what();
    return 1;
}
