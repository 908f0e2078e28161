"""What both notebooks need of RabbitMQ, which is found by the host name `rabbit`."""

import os
import socket
import time

import pika

HOST = "rabbit"
QUEUE = "numbers"
LOST = (pika.exceptions.AMQPError, OSError)


def connect(address):
    user, password = os.environ["RABBITMQ_USER"], os.environ["RABBITMQ_PASSWORD"]
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host=address,
            credentials=pika.PlainCredentials(user, password),
            # A rabbit that was killed closes no connection: two silent heartbeats tell.
            heartbeat=4,
            socket_timeout=2,
            stack_timeout=5,
        )
    )


def why(error):
    if isinstance(error, socket.gaierror):
        return f"no host is called {HOST}"
    if isinstance(error, (pika.exceptions.ConnectionClosed, pika.exceptions.StreamLostError)):
        return f"{HOST} has gone"
    return f"{HOST} does not answer ({type(error).__name__})"


def with_rabbit(work):
    """Calls `work(channel)` until it returns, with a new channel whenever rabbit went away.

    The name is looked up each time: rabbit comes back at any address.
    """
    said = None
    while True:
        try:
            address = socket.gethostbyname(HOST)
            connection = connect(address)
            print(f"connected to {HOST} at {address}")
            channel = connection.channel()
            channel.queue_declare(QUEUE, durable=True)
            work(channel)
            connection.close()
            return
        except LOST as error:
            if why(error) != said:
                said = why(error)
                print(f"waiting: {said}")
            time.sleep(1)
