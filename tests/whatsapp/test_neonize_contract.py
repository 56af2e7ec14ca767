"""What the adapter takes for granted of neonize 0.5.2 and of multiprocessing in CPython 3.11.

A new version is taken only after each of these has been looked at again.
"""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import io
import multiprocessing.forkserver
import multiprocessing.process
import multiprocessing.reduction
import multiprocessing.resource_tracker
import textwrap
from multiprocessing import popen_forkserver
from typing import Any

import pytest

from tests.whatsapp.protobufs import e2e  # noqa: F401 - first, as it keeps the Go library out

from neonize import _binder, client, events  # isort: skip
from neonize.events import Event  # isort: skip
from neonize.utils.enum import ClientName, ClientType  # isort: skip
from neonize.utils.platform import generated_name  # isort: skip

from whatsapp.go_runtime import library_name  # isort: skip


def source_of(thing: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(thing)))


def calls(tree: ast.AST, method: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    ]


def test_the_version_is_the_one_that_was_measured() -> None:
    assert importlib.metadata.version("neonize") == "0.5.2"


def test_connect_calls_the_go_function_with_these_arguments_in_this_order() -> None:
    (call,) = calls(source_of(client.NewClient.connect_with_proxy), "Neonize")
    assert [ast.unparse(argument) for argument in call.args] == [
        "self.name.encode()",
        "self.uuid",
        "jidbuf",
        "jidbuf_size",
        "int(self.new_device)",
        "LogLevel.from_logging(log.level).level",
        "qr_cb",
        "login_cb",
        "event_cb",
        "log_cb",
        "subscriber_buf",
        "len(d)",
        "deviceprops",
        "len(deviceprops)",
        "b''",
        "0",
        "proxy_ref",
    ]


def test_connect_polls_and_calls_stop_which_is_why_it_is_not_used() -> None:
    tree = source_of(client.NewClient.connect_with_proxy)
    assert calls(tree, "stop")
    assert calls(tree, "wait")


def test_the_go_functions_arguments_are_of_these_types() -> None:
    text = inspect.getsource(_binder)
    start = text.index("gocode.Neonize.argtypes")
    declared = text[start : text.index("]", start)]
    assert [name.strip() for name in declared.partition("[")[2].split(",") if name.strip()] == [
        *["ctypes.c_char_p"] * 3,
        *["ctypes.c_int"] * 2,
        "ctypes.c_char_p",
        "func_string",
        "func_string",
        "func_callback_bytes",
        "func_callback_bytes2",
        *["ctypes.c_char_p", "ctypes.c_int"] * 3,
        "ctypes.POINTER(_CProxySettings)",
    ]
    strings = text[text.index("for _string_returning_func in (") :]
    freed_on_return = strings[: strings.index("):")]
    assert '"Neonize"' in freed_on_return
    assert '"Logout"' in freed_on_return


def test_a_vote_is_answered_by_a_pointer_which_the_library_itself_takes_for_bytes() -> None:
    text = inspect.getsource(_binder)
    assert "gocode.DecryptPollVote.restype = ctypes.POINTER(Bytes)" in text
    assert "FromString(protobytes)" in inspect.getsource(client.NewClient.decrypt_poll_vote)


def test_ids_that_were_read_are_joined_with_spaces_which_is_why_none_may_have_one() -> None:
    assert '" ".join(message_ids)' in inspect.getsource(client.NewClient.mark_read)


def test_what_signals_call_is_given_back_as_bytes_and_freed() -> None:
    text = inspect.getsource(_binder)
    strings = text[text.index("for _string_returning_func in (") :]
    freed = strings[: strings.index("):")]
    for name in ("MarkRead", "SendChatPresence", "SendPresence", "SubscribePresence"):
        assert f'"{name}"' in freed
    structs = text[text.index("for _bytes_returning_func in (") :]
    assert '"GetProfilePicture"' in structs[: structs.index("):")]


def test_sphinx_in_the_environment_keeps_the_go_library_out() -> None:
    assert type(_binder.gocode) is object
    assert client.gocode is _binder.gocode


def test_the_go_librarys_file_has_the_name_that_we_find_without_a_shell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def popen(command: str) -> io.StringIO:
        asked.append(command)
        return io.StringIO("Linux")

    monkeypatch.setattr("os.popen", popen)
    assert library_name() == generated_name()
    assert asked == ["uname -a"]
    text = inspect.getsource(_binder)
    assert "from .utils.platform import generated_name" in text
    assert "binary_name = generated_name()" in text


def test_only_the_client_module_has_taken_the_go_library_by_name() -> None:
    assert not hasattr(events, "gocode")


def test_the_finalizer_of_a_client_calls_stop_and_can_be_detached() -> None:
    assert calls(source_of(client.NewClient._release_ffi), "Stop")
    made = client.NewClient("x", uuid="empresa")
    assert made._stop_finalizer.detach() is not None


def test_a_bound_method_is_kept_only_weakly_and_a_function_is_kept() -> None:
    made = client.NewClient("x", uuid="empresa")
    made._stop_finalizer.detach()

    class Holder:
        def handle(self, _client: Any, _event: Any) -> None:
            raise AssertionError("it is gone")

    made.event(events.ConnectedEv)(Holder().handle)
    made.event(events.MessageEv)(lambda *_: None)
    weak, kept = (made.event.list_func[code] for code in (3, 17))
    assert weak() is None
    assert kept(None, None) is None


def test_the_codes_of_the_events_that_are_subscribed_to() -> None:
    names = (
        "Device Connected KeepAliveTimeout KeepAliveRestored LoggedOut StreamReplaced TemporaryBan"
        " ConnectFailure ClientOutdated StreamError Disconnected Message Receipt"
        " UndecryptableMessage"
    )
    codes = {kind.DESCRIPTOR.name: code for kind, code in events.EVENT_TO_INT.items()}
    assert [codes[name] for name in names.split()] == [
        *(0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 18, 44)
    ]


def test_the_device_event_sets_me_and_reaches_no_handler() -> None:
    text = inspect.getsource(Event.execute)
    assert "if code == 0:\n            self.client.me = message\n            return" in text


def test_the_callbacks_have_these_signatures() -> None:
    text = inspect.getsource(_binder)
    for line in (
        "func_string = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)",
        "func_callback_bytes2 = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int)",
    ):
        assert line in text
    assert _binder.func_callback_bytes._argtypes_ == (
        *(_binder.ctypes.c_char_p, _binder.ctypes.c_void_p),
        *(_binder.ctypes.c_int, _binder.ctypes.c_int),
    )


def test_a_pairing_code_is_asked_for_in_the_name_of_a_known_browser() -> None:
    assert f"{ClientType.CHROME.name} ({ClientName.LINUX.name})" == "Chrome (Linux)"
    parameters = inspect.signature(client.NewClient.PairPhone).parameters
    assert list(parameters) == [
        *("self", "phone", "show_push_notification", "client_name", "client_type")
    ]


@pytest.mark.parametrize("name", ["_forkserver_pid", "_forkserver_alive_fd"])
def test_the_librarys_forkserver_keeps_its_state_where_we_look(name: str) -> None:
    assert name in vars(multiprocessing.forkserver._forkserver)


def test_the_librarys_forkserver_can_be_stopped_and_closes_what_its_workers_hold() -> None:
    stop = inspect.getsource(multiprocessing.forkserver.ForkServer._stop_unlocked)  # type: ignore[attr-defined]
    assert "os.close(self._forkserver_alive_fd)" in stop
    assert "os.waitpid(self._forkserver_pid, 0)" in stop
    relaunch = inspect.getsource(multiprocessing.forkserver.ForkServer.ensure_running)
    assert "os.waitpid(self._forkserver_pid, os.WNOHANG)" in relaunch


def test_a_process_whose_forkserver_is_gone_has_ended_with_255() -> None:
    assert "self.returncode = 255" in inspect.getsource(popen_forkserver.Popen.poll)


def test_the_librarys_tracker_is_not_launched_where_its_descriptor_takes_a_probe() -> None:
    tracker: Any = multiprocessing.resource_tracker._resource_tracker
    assert {"_fd", "_pid"} <= vars(tracker).keys()
    running = inspect.getsource(type(tracker).ensure_running)
    assert "if self._fd is not None:" in running
    assert "if self._check_alive():" in running
    assert "os.write(self._fd, b'PROBE:0:noop\\n')" in inspect.getsource(type(tracker)._check_alive)


def test_the_librarys_forkserver_goes_on_only_past_an_aborted_connection() -> None:
    main = inspect.getsource(multiprocessing.forkserver.main)
    assert "fds = reduction.recvfds(s, MAXFDS_TO_SEND + 1)" in main
    assert "pid = os.fork()" in main
    goes_on = "except OSError as e:\n                if e.errno != errno.ECONNABORTED:"
    assert goes_on in main
    assert "raise EOFError" in inspect.getsource(multiprocessing.reduction.recvfds)


def test_a_failing_preload_is_silent_which_is_why_workers_check_for_it() -> None:
    main = inspect.getsource(multiprocessing.forkserver.main)
    assert "except ImportError:\n                pass" in main


def test_the_librarys_book_of_children_is_a_set_that_start_polls() -> None:
    assert isinstance(multiprocessing.process._children, set)  # type: ignore[attr-defined]
    start = inspect.getsource(multiprocessing.process.BaseProcess.start)
    assert "_cleanup()" in start
    assert "_children.add(self)" in start
